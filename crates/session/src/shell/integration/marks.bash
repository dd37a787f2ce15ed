# Marks of shell integration for bash 4.4 and later; an older one goes without
# and is driven like any POSIX shell. @KEY@ tells these marks from others'.
if [[ ${BASH_VERSINFO[0]:-0} -gt 4 || ${BASH_VERSINFO[0]:-0} -eq 4 && ${BASH_VERSINFO[1]:-0} -ge 4 ]]; then
  # The command begins: what was printed before is no output of it. Jobs that
  # ended since the last prompt are told of here, and not in its output.
  __rejoinder_c() {
    local s=$? f=$- -
    set +aeuTx
    jobs &>/dev/null
    [[ $f == *e* ]] && s=0
    if [[ ${PROMPT_COMMAND[0]} != *__rejoinder_d* ]]; then
      __rejoinder_done=1
      __rejoinder_p
      __rejoinder_done=1
    fi
    builtin printf '\e]133;C;k=@KEY@\a' >/dev/tty
    return "$s"
  }
  # The command has ended.
  __rejoinder_d() {
    local s=$? f=$- -
    set +aeuTx
    local d=$PWD u= i c
    s=${1-$s}
    [[ $d == *[[:cntrl:]]* ]] && d=
    builtin printf '\e]133;D;%s;k=@KEY@;p=%s;d=%s\a' "$s" "$$" "$d" >/dev/tty
    __rejoinder_done=1
    if [[ $d != "$__rejoinder_pwd" ]]; then
      __rejoinder_pwd=$d
      local LC_ALL=C
      for ((i = 0; i < ${#d}; i++)); do
        case ${d:i:1} in
          [a-zA-Z0-9/._~-]) u+=${d:i:1} ;;
          *) builtin printf -v c %02X "'${d:i:1}"; u+=%${c: -2} ;;
        esac
      done
      builtin printf '\e]7;file://%s%s\a' "$HOSTNAME" "$u" >/dev/tty
    fi
    [[ $f == *e* ]] && s=0
    return "$s"
  }
  # Before each prompt, after all else: whatever changed the prompt, the marks
  # are in it, and what is typed for them stays out of the history.
  __rejoinder_p() {
    local s=$? -
    set +aeuTx
    local a='\[\e]133;A;k=@KEY@;p=$$;x=$?\a\]' b='\[\e]133;B;k=@KEY@;p=$$\a\]' c='\e]133;C;k=@KEY@;p=$$\a'
    local x='{ __rejoinder_d; } &>/dev/null' y='{ __rejoinder_p; } &>/dev/null' k p
    [[ -n $__rejoinder_done ]] || __rejoinder_d "$s"
    __rejoinder_done=
    if [[ $PS1 != *"$b" ]]; then
      PS1=${PS1//"$a"/}
      PS1=$a${PS1//"$b"/}$b
    fi
    [[ $PS0 == *"$c" ]] || PS0=$PS0$c
    [[ $HISTCONTROL == *ignore@(space|both)* ]] || HISTCONTROL=${HISTCONTROL:+$HISTCONTROL:}ignorespace
    if [[ ${BASH_VERSINFO[0]} -gt 5 || ${BASH_VERSINFO[0]} -eq 5 && ${BASH_VERSINFO[1]} -ge 1 ]]; then
      p=("${PROMPT_COMMAND[@]}")
      if [[ ${p[0]} != "$x" || ${p[${#p[@]} - 1]} != "$y" ]]; then
        PROMPT_COMMAND=("$x")
        for k in "${p[@]}"; do
          [[ -z $k || $k == *__rejoinder_* ]] || PROMPT_COMMAND+=("$k")
        done
        PROMPT_COMMAND+=("$y")
      fi
    elif [[ $PROMPT_COMMAND != "$x"*"$y" ]]; then
      k=${PROMPT_COMMAND//"$x"/:}
      PROMPT_COMMAND=$x$'\n'${k//"$y"/:}$'\n'$y
    fi
    return 0
  }
  __rejoinder_pwd=
  __rejoinder_done=1
  __rejoinder_p
fi
