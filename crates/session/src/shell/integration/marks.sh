# Marks for shells that have no hooks: dash, busybox sh, ksh, an old bash. What
# is typed with each command prints them, and where that does not come to its
# end, the prompt does. @KEY@ tells these marks from others'.
__rejoinder_c() {
  __rejoinder_s=$?
  case $- in *e*) __rejoinder_s=0 ;; esac
  printf '\033]133;C;k=@KEY@\007'
  return $__rejoinder_s
} 2>/dev/null
__rejoinder_d() {
  __rejoinder_s=$?
  printf '\033]133;D;%s;k=@KEY@;p=%s;d=%s\007' "$__rejoinder_s" "$$" "$PWD"
  case $- in *e*) __rejoinder_s=0 ;; esac
  return $__rejoinder_s
}
__rejoinder_n=$(printf '\n.')
__rejoinder_n=${__rejoinder_n%.}
__rejoinder_t=$(printf '\t')
__rejoinder_a=$(printf '\033]133;D;$?;k=@KEY@;p=$$;d=$PWD\007\033]133;A;k=@KEY@;p=$$\007')
__rejoinder_b=$(printf '\033]133;B;k=@KEY@;p=$$\007')
case ${PS1-} in
  *k=@KEY@*) ;;
  *\\[a-zA-Z$]*) PS1='\['$__rejoinder_a'\]'$PS1'\['$__rejoinder_b'\]' ;;
  *) PS1=$__rejoinder_a${PS1-}$__rejoinder_b ;;
esac
