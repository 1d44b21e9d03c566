/** How far a build with Go is, and how long it still takes at the speed that this machine has shown. */
import os from "node:os";

/** Linking the CLI takes about this part of the time in which all packages are compiled. */
const linkingShare = 0.05;
/** Before this part is compiled, the speed is that of a few small packages. */
const knownAfter = 0.05;

/**
 * Packages differ by a factor of thousands, so time is estimated from the bytes of their sources.
 *
 * @param {{ name: string, bytes: number }[]} packages that are to be compiled
 * @param {{ now?: () => number, atOnce?: number }} [machine] `atOnce` packages are compiled at a time
 */
export function buildProgress(
  packages,
  { now = Date.now, atOnce = os.availableParallelism() } = {},
) {
  const bytesOf = new Map(packages.map(({ name, bytes }) => [name, bytes]));
  const sumOf = (names) => names.reduce((sum, name) => sum + bytesOf.get(name), 0);
  const allBytes = sumOf([...bytesOf.keys()]);
  const startMs = now();
  const started = [];
  return {
    /** A line of `go build -v` names a package when its compilation starts. */
    isStartOfPackage(line) {
      if (!bytesOf.has(line)) return false;
      started.push(line);
      return true;
    },

    /** Such as "412 of 1,730 packages, about 3 min left". */
    text() {
      // The program's own package is the last one, and nothing but linking follows. If it is the only
      // one, Go may hold even that, and names none.
      const isLinking = started.length >= bytesOf.size || bytesOf.size === 1;
      if (isLinking) return "all packages are compiled, linking";
      const packagesText = `${counted(started.length)} of ${counted(bytesOf.size)} packages`;
      const compiled = sumOf(started.slice(0, -atOnce));
      if (compiled < allBytes * knownAfter || compiled === 0) return packagesText;
      const leftBytes = allBytes * (1 + linkingShare) - compiled;
      const leftMs = (leftBytes * (now() - startMs)) / compiled;
      return `${packagesText}, about ${durationText(leftMs)} left`;
    },
  };
}

export function counted(number) {
  return number.toLocaleString("en-US");
}

/** Never "0 s": what is not done takes some time. */
function durationText(ms) {
  if (ms >= 90_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.max(1, Math.ceil(ms / 10_000)) * 10} s`;
}
