# What fish reads before the user's configuration: gives XDG_DATA_DIRS back, and
# sets the marks up.
if set -q REJOINDER_DATA_DIRS
  set -gx XDG_DATA_DIRS $REJOINDER_DATA_DIRS
  set -e REJOINDER_DATA_DIRS
else
  set -e XDG_DATA_DIRS
end
