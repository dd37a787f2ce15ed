# What zsh reads as its .zshenv: gives the user's ZDOTDIR back, reads the user's
# own .zshenv, and leaves the rest to zsh. The marks come with the first prompt,
# when all else has been read.
if [[ -n ${REJOINDER_ZDOTDIR+set} ]]; then
  ZDOTDIR=$REJOINDER_ZDOTDIR
  builtin unset REJOINDER_ZDOTDIR
else
  builtin unset ZDOTDIR
fi
if [[ -o interactive ]]; then
  __rejoinder_start() {
    precmd_functions=(${precmd_functions:#__rejoinder_start})
    builtin unfunction __rejoinder_start
    builtin source '@DIR@/marks.zsh'
    __rejoinder_d
    __rejoinder_u
    __rejoinder_p
  }
  builtin typeset -ga precmd_functions
  precmd_functions+=(__rejoinder_start)
fi
if [[ -r ${ZDOTDIR:-${HOME-}}/.zshenv ]]; then
  builtin source "${ZDOTDIR:-$HOME}/.zshenv"
fi
