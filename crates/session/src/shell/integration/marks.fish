# Marks of shell integration for fish 3 and later. @KEY@ tells these marks from
# others'.

# The command begins: what was printed before is no output of it.
function __rejoinder_c --on-event fish_preexec
  set -l s $status
  printf '\e]133;C;k=@KEY@\a'
  return $s
end
# The command has ended.
function __rejoinder_d --on-event fish_postexec
  set -l s $status
  set -l d $PWD
  string match -qr '[[:cntrl:]]' -- $PWD; and set d
  printf '\e]133;D;%s;k=@KEY@;d=%s\a' $s "$d"
end
# Before each prompt: whatever changed the prompt, the marks are in it.
function __rejoinder_p --on-event fish_prompt
  if not functions fish_prompt | string match -q '*__rejoinder_q*'
    functions -e __rejoinder_q
    functions -c fish_prompt __rejoinder_q
    function fish_prompt
      __rejoinder_q
      printf '\e]133;B;k=@KEY@\a'
    end
  end
  printf '\e]7;file://%s%s\a\e]133;A;k=@KEY@\a' "$hostname" (string escape --style=url -- $PWD)
end
