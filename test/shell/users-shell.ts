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

const pathAndPrompt = `
PATH="$EMULATOR_SHELL_PATH:$PATH"
PS1="${mark} $PS1"
`;

/** zsh reads its files from one folder, which the user may have moved. */
const zshFiles = {
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
 * @param folder for the start-up files that are needed
 */
export async function startOf(
  command: string,
  firstOnPath: string,
  folder: string,
): Promise<ShellStart> {
  const env: NodeJS.ProcessEnv = {
    PATH: `${firstOnPath}:${process.env["PATH"] ?? ""}`,
    EMULATOR_SHELL_PATH: firstOnPath,
  };
  await mkdir(folder);
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  switch (basename(command)) {
    case "bash": {
      const text = `[ -f ~/.bashrc ] && . ~/.bashrc\n${pathAndPrompt}`;
      return { command, args: ["--rcfile", await write("bashrc", text)], env };
    }
    case "zsh": {
      for (const [name, text] of Object.entries(zshFiles)) await write(name, text);
      const theirs = { EMULATOR_SHELL_ZDOTDIR: process.env["ZDOTDIR"] };
      return { command, args: [], env: { ...env, ...theirs, ZDOTDIR: folder } };
    }
    case "fish":
      return { command, args: ["--init-command", fishCommands], env };
    default:
      // What POSIX has for interactive shells; others ignore it.
      return { command, args: [], env: { ...env, ENV: await write("shrc", pathAndPrompt) } };
  }
}
