/** The values that a switch of the emulator may have beside its default, as cases of a test. */
import { switchAlternatives, type Switches } from "../emulator";

export const everySwitch = Object.entries(switchAlternatives).flatMap(([name, values]) =>
  values.map((value) => {
    const switches: Partial<Switches> = { [name]: value };
    return { name, label: `${name} ${JSON.stringify(value)}`, switches };
  }),
);

/** What a run that makes two keys for one user says where it cannot succeed, by label. */
export const clearFailures: Record<string, RegExp | undefined> = {
  'createBody "empty"': /Vultr's answer is not what its API documents/,
  'createBody "masked"': /Vultr's answer is not what its API documents/,
  'lostCreateReply "reset"': /the connection to .* broke/,
  'lostCreateReply "timeout"': /did not answer in time/,
  'lostCreateReply "504-html"': /Vultr answered 504, an HTML page/,
  "keysPerUser 2": /Vultr answered 400, "Bad request\."/,
  'keyName "reject-duplicate"': /Vultr answered 400, "Bad request\."/,
};
