import { CanceledError, unlessCanceled } from "../../../provider/vultr/errors";

describe("unlessCanceled", () => {
  const never = new Promise<never>(() => undefined);

  it("is the work itself where nothing can cancel it", () => {
    expect(unlessCanceled(never, undefined)).toBe(never);
  });

  it.each([
    { what: "brings what the work brings", work: () => Promise.resolve(7), brings: 7 },
    { what: "fails as the work fails", work: () => Promise.reject(new Error("no")), fails: "no" },
  ])("$what, and leaves no listener behind", async ({ work, brings, fails }) => {
    const { signal } = new AbortController();
    const removed = jest.spyOn(signal, "removeEventListener");
    const done = unlessCanceled<number>(work(), signal);
    if (fails === undefined) expect(await done).toBe(brings);
    else await expect(done).rejects.toThrow(fails);
    await new Promise(setImmediate);
    expect(removed).toHaveBeenCalledTimes(1);
  });

  it("fails at once when it is canceled, now or before; what the work does then, nobody hears", async () => {
    const now = new AbortController();
    const canceled = unlessCanceled(never, now.signal);
    now.abort();
    await expect(canceled).rejects.toBeInstanceOf(CanceledError);
    const before = unlessCanceled(Promise.reject(new Error("unheard")), AbortSignal.abort());
    await expect(before).rejects.toMatchObject({
      message: "canceled",
      hint: "Run the same command again.",
    });
  });
});
