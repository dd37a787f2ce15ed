# Marks of shell integration for zsh. @KEY@ tells these marks from others'. The
# groups keep traces (set -x) out of what the terminal shows.

# The command begins: what was printed before is no output of it.
__rejoinder_c() {
  {
    builtin local s=$?
    [[ -o errexit ]] && s=0
    builtin printf '\e]133;C;k=@KEY@\a' >/dev/tty
    builtin return $s
  } 2>/dev/null
}
# The command has ended; said by what is typed, and before each prompt.
__rejoinder_d() {
  {
    builtin local s=$? d=$PWD
    [[ $d == *[[:cntrl:]]* ]] && d=
    builtin printf '\e]133;D;%s;k=@KEY@;d=%s\a' "$s" "$d" >/dev/tty
    [[ -o errexit ]] && s=0
    builtin return $s
  } 2>/dev/null
}
# The directory, when it is another one.
__rejoinder_u() {
  {
    builtin emulate -L zsh -o no_xtrace -o no_multibyte
    builtin local d=$PWD u= c= i
    if [[ $d != "${__rejoinder_pwd-}" ]]; then
      __rejoinder_pwd=$d
      for ((i = 1; i <= $#d; i++)); do
        c=$d[i]
        if [[ $c == [a-zA-Z0-9/._~-] ]]; then
          u+=$c
        else
          builtin printf -v c '%%%02X' "'$c"
          u+=$c
        fi
      done
      builtin printf '\e]7;file://%s%s\a' "${HOST-}" "$u" >/dev/tty
    fi
  } 2>/dev/null
}
# Before each prompt, after all else: whatever changed the prompt, the marks are
# in it, and what is typed for them stays out of the history.
__rejoinder_p() {
  {
    builtin local a=$'%{\e]133;A;k=@KEY@\a%}' b=$'%{\e]133;B;k=@KEY@\a%}'
    if [[ ${PS1-} != *"$b" ]]; then
      PS1=${PS1-}
      PS1=${PS1//"$a"/}
      PS1=$a${PS1//"$b"/}$b
    fi
    if [[ ${precmd_functions[1]-} != __rejoinder_d || ${precmd_functions[-1]-} != __rejoinder_p ]]; then
      precmd_functions=(__rejoinder_d __rejoinder_u ${precmd_functions:#__rejoinder_*} __rejoinder_p)
    fi
    [[ -o hist_ignore_space ]] || builtin setopt hist_ignore_space
    builtin return 0
  } 2>/dev/null
}
builtin typeset -ga precmd_functions preexec_functions
builtin typeset -g __rejoinder_pwd=
preexec_functions+=(__rejoinder_c)
builtin setopt hist_ignore_space interactive_comments
precmd_functions=(__rejoinder_d __rejoinder_u ${precmd_functions:#__rejoinder_*} __rejoinder_p)
