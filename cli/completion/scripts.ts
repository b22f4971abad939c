/**
 * What a shell loads so that it can complete `drydock …`. Each script only hands over what was typed, as arguments and never as text that a
 * shell reads again, and shows the answer of `drydock __complete`; the knowledge is all in the program.
 */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const completionScript = (shell: Shell): string => scripts[shell];

/** Bash splits words at `=` and `:` too: they are put together again as they stand in the line, and what it keeps is cut off the answers. */
const bash = `# bash completion for drydock; load it: source <(drydock completion bash)
_drydock() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() answers=() part whole kept at
  for ((at = 0; at <= COMP_CWORD; at++)); do
    part=\${COMP_WORDS[at]}
    if ((at == 0)) || [[ -z $line || $line == [[:blank:]]* ]]; then
      line=\${line#"\${line%%[![:blank:]]*}"}
      ((at == COMP_CWORD)) && part=$line
      words+=("$part")
    else
      ((at == COMP_CWORD)) && part=$line
      words[\${#words[@]}-1]+=$part
    fi
    line=\${line:\${#part}}
  done
  whole=\${words[\${#words[@]}-1]}
  [[ $part == [=:] ]] && part=
  kept=\${whole%"$part"}
  mapfile -t answers < <(command drydock __complete -- "\${words[@]:1}" 2>/dev/null </dev/null)
  COMPREPLY=()
  if [[ \${answers[0]-} == files ]]; then
    compopt -o default
    return
  fi
  for part in "\${answers[@]:1}"; do
    part=\${part%%$'\\t'*}
    COMPREPLY+=("\${part#"$kept"}")
  done
}
complete -F _drydock drydock
`;

const zsh = `#compdef drydock
# zsh completion for drydock; load it: source <(drydock completion zsh), after compinit
_drydock() {
  local -a before answers described
  local line
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  answers=("\${(@f)$(command drydock __complete -- "\${before[@]}" "$PREFIX" 2>/dev/null </dev/null)}")
  if [[ $answers[1] == files ]]; then
    compset -P '*='
    _files
    return
  fi
  for line in "\${(@)answers[2,-1]}"; do
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -t drydock drydock described
}
if [[ $funcstack[1] == _drydock ]]; then
  _drydock "$@"
else
  compdef _drydock drydock
fi
`;

const fish = `# fish completion for drydock; load it: drydock completion fish | source
function __drydock_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l answers (command drydock __complete -- $before[2..-1] "$current" 2>/dev/null </dev/null)
    if test "$answers[1]" = files
        __fish_complete_path "$current"
    else
        printf '%s\\n' $answers[2..-1]
    end
end
complete -c drydock -f -a '(__drydock_complete)'
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
