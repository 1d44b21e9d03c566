/** How changesets writes CHANGELOG.md: what a person wrote, and nothing else. */
"use strict";

module.exports = {
  getReleaseLine({ summary }) {
    const lines = summary.trim().split("\n");
    return `- ${lines.map((line) => line.trimEnd()).join("\n  ")}`;
  },
  getDependencyReleaseLine: () => "",
};
