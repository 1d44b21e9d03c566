/** Names the file of switches of this project of Jest (jest.config.ts), before a test starts an emulator. */
"use strict";

process.env.EMULATOR_SWITCHES = globalThis.switchesFile;
