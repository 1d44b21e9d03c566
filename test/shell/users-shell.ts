/**
 * Starts the user's own shell with its own start-up files, and after these with our PATH and a mark in
 * the prompt: start-up files often put another Node first. None of the user's files is touched.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

export interface ShellStart {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

const mark = "(vultr emulator)";
const pathAndPrompt = `PATH="$EMULATOR_SHELL_PATH:$PATH"\nPS1="${mark} $PS1"\n`;

const startUpFiles = {
  bashrc: `[ -f ~/.bashrc ] && . ~/.bashrc\n${pathAndPrompt}`,
  // What POSIX has for interactive shells; others ignore it.
  shrc: pathAndPrompt,
  // zsh reads its files from one folder, which the user may have moved.
  ".zshenv": `
emulator_shell_zdotdir=$ZDOTDIR
ZDOTDIR=\${EMULATOR_SHELL_ZDOTDIR:-$HOME}
[[ -f $ZDOTDIR/.zshenv ]] && . $ZDOTDIR/.zshenv
EMULATOR_SHELL_ZDOTDIR=$ZDOTDIR
ZDOTDIR=$emulator_shell_zdotdir
`,
  ".zshrc": `
ZDOTDIR=$EMULATOR_SHELL_ZDOTDIR
[[ -f $ZDOTDIR/.zshrc ]] && . $ZDOTDIR/.zshrc
${pathAndPrompt}`,
};

const fishCommands = `
set --global --export PATH (string split : $EMULATOR_SHELL_PATH) $PATH
functions --copy fish_prompt emulator_shell_prompt
function fish_prompt
  echo -n "${mark} "
  emulator_shell_prompt
end
`;

/**
 * @param command such as `/bin/zsh`
 * @param firstOnPath folders in which the shell is to find programs first
 * @param folder for the start-up files, still absent
 */
export async function startOf(
  command: string,
  firstOnPath: string,
  folder: string,
): Promise<ShellStart> {
  await mkdir(folder);
  for (const [name, text] of Object.entries(startUpFiles))
    await writeFile(join(folder, name), text);
  const args = { bash: ["--rcfile", join(folder, "bashrc")], fish: ["-C", fishCommands] };
  const ownZdotdir = { EMULATOR_SHELL_ZDOTDIR: process.env["ZDOTDIR"], ZDOTDIR: folder };
  return {
    command,
    args: Object.entries(args).find(([name]) => name === basename(command))?.[1] ?? [],
    env: {
      PATH: `${firstOnPath}:${process.env["PATH"] ?? ""}`,
      EMULATOR_SHELL_PATH: firstOnPath,
      ...(basename(command) === "zsh" ? ownZdotdir : { ENV: join(folder, "shrc") }),
    },
  };
}
