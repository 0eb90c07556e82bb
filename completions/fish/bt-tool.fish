# Generated; asks bt-tool complete. Do not edit.
function __bt_tool
  set -l current (commandline -ct)
  set -l words (commandline -opc) "$current"
  set -l value (string replace -r -- '^--[^=]*=' '' "$current")
  set -l prefix (string replace -r -- '^(--[^=]*=)?.*' '$1' "$current")
  bt-tool complete $words 2>/dev/null | while read -l line
    switch $line
      case :file
        printf '%s\n' $prefix(__fish_complete_path $value)
      case :directory
        printf '%s\n' $prefix(__fish_complete_directories $value)
      case :command
        printf '%s\n' $prefix(complete -C "$value")
      case '*'
        printf '%s\n' $line
    end
  end
end
complete -c bt-tool -f -a '(__bt_tool)'
complete -c bashreadline.bt -f -a '(__bt_tool)'
complete -c capable.bt -f -a '(__bt_tool)'
complete -c execsnoop.bt -f -a '(__bt_tool)'
complete -c opensnoop.bt -f -a '(__bt_tool)'
complete -c runqlat.bt -f -a '(__bt_tool)'
complete -c syscount.bt -f -a '(__bt_tool)'
