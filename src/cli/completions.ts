/** Completion scripts for shells, made from the commands themselves, so that they cannot fall behind. */
import type { Command } from "commander";

/** For bash, zsh or fish, made from the table of commands. */
export function completionScript(program: Command, shell: string): string {
  const commands = program.commands.map((c) => ({
    name: c.name(),
    description: c.description(),
    words: [...c.commands.map((s) => s.name()), ...flagsOf(c), ...c.commands.flatMap(flagsOf)],
  }));
  if (shell === "fish") return fish(commands);
  const cases = commands.map((c) => `    ${c.name}) words="${c.words.join(" ")}" ;;`).join("\n");
  const names = commands.map((c) => c.name).join(" ");
  const body = `_offroll() {
  local words
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="${names} --help --version" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${names} --help --version"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _offroll offroll
`;
  return shell === "zsh" ? `autoload -U +X bashcompinit && bashcompinit\n${body}` : body;
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap((o) => (o.long ? [o.long] : []));
}

function fish(commands: { name: string; description: string; words: string[] }[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
  return `${commands
    .flatMap((c) => [
      `complete -c offroll -n __fish_use_subcommand -a ${c.name} -d ${quote(c.description)}`,
      ...c.words.map((w) =>
        w.startsWith("--")
          ? `complete -c offroll -n '__fish_seen_subcommand_from ${c.name}' -l ${w.slice(2)}`
          : `complete -c offroll -n '__fish_seen_subcommand_from ${c.name}' -a ${w}`,
      ),
    ])
    .join("\n")}\n`;
}
