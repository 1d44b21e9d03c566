import { answerOf } from "./in-node";

const packages = [
  { name: "small", bytes: 100 },
  { name: "large", bytes: 4_900 },
  { name: "larger", bytes: 5_000 },
  { name: "program", bytes: 0 },
];

it("counts packages, estimates by the bytes of late, and promises no end while it links", async () => {
  const texts = await answerOf(`
    import { buildProgress } from "toolchain/build-progress.mjs";
    let nowMs = 0;
    const machine = { now: () => nowMs, atOnce: 1 };
    const progress = buildProgress(${JSON.stringify(packages)}, machine);
    const at = (seconds, line) => {
      nowMs = seconds * 1_000;
      return [progress.isStartOfPackage(line), progress.text()];
    };
    console.log(JSON.stringify([
      at(0, "go: some other line"),
      at(1, "small"),
      at(10, "large"),
      at(100, "larger"),
      at(205, ""),
      at(400, ""),
      at(700, "program"),
    ]));
  `);
  expect(texts).toEqual([
    [false, "0 of 4 packages"],
    [true, "1 of 4 packages"],
    // A hundredth tells nothing yet.
    [true, "2 of 4 packages"],
    // 5,000 bytes in 100 s; 5,000 and the linking are left.
    [true, "3 of 4 packages, about 2 min left"],
    // 4,900 bytes in the last 195 s.
    [false, "3 of 4 packages, about 4 min left"],
    // Nothing in the last minutes, so nobody knows.
    [false, "3 of 4 packages"],
    [true, "all packages are compiled, linking"],
  ]);
});
