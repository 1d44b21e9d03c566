/** What the npm that started us says of this repository, which would mislead an npm elsewhere. */
const ofThisRepository = /^npm_(lifecycle|package|command|config_local_prefix)/;

/** This process's environment without it. */
export function withoutOuterNpm(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !ofThisRepository.test(name));
  return Object.fromEntries(kept);
}
