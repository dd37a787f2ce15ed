# What bash reads in place of its own startup files, so that the marks come
# after them: these are read first, as bash would have done.
if [[ '@LOGIN@' == yes ]]; then
  [[ -r /etc/profile ]] && builtin source /etc/profile
  if [[ -r ${HOME-}/.bash_profile ]]; then
    builtin source "$HOME/.bash_profile"
  elif [[ -r ${HOME-}/.bash_login ]]; then
    builtin source "$HOME/.bash_login"
  elif [[ -r ${HOME-}/.profile ]]; then
    builtin source "$HOME/.profile"
  fi
else
  [[ -r /etc/bash.bashrc ]] && builtin source /etc/bash.bashrc
  [[ -r ${HOME-}/.bashrc ]] && builtin source "$HOME/.bashrc"
fi
