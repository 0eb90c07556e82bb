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
complete -c bcachefsdist.bt -f -a '(__bt_tool)'
complete -c bindsnoop.bt -f -a '(__bt_tool)'
complete -c biolatency.bt -f -a '(__bt_tool)'
complete -c biosnoop.bt -f -a '(__bt_tool)'
complete -c biostacks.bt -f -a '(__bt_tool)'
complete -c biotop.bt -f -a '(__bt_tool)'
complete -c bitesize.bt -f -a '(__bt_tool)'
complete -c btrfsdist.bt -f -a '(__bt_tool)'
complete -c cachestat.bt -f -a '(__bt_tool)'
complete -c capable.bt -f -a '(__bt_tool)'
complete -c cpudist.bt -f -a '(__bt_tool)'
complete -c cpuwalk.bt -f -a '(__bt_tool)'
complete -c dcsnoop.bt -f -a '(__bt_tool)'
complete -c execsnoop.bt -f -a '(__bt_tool)'
complete -c exitsnoop.bt -f -a '(__bt_tool)'
complete -c ext4dist.bt -f -a '(__bt_tool)'
complete -c f2fsdist.bt -f -a '(__bt_tool)'
complete -c filelife.bt -f -a '(__bt_tool)'
complete -c fsdist.bt -f -a '(__bt_tool)'
complete -c fusedist.bt -f -a '(__bt_tool)'
complete -c gethostlatency.bt -f -a '(__bt_tool)'
complete -c hardirqs.bt -f -a '(__bt_tool)'
complete -c killsnoop.bt -f -a '(__bt_tool)'
complete -c loads.bt -f -a '(__bt_tool)'
complete -c mdflush.bt -f -a '(__bt_tool)'
complete -c mountsnoop.bt -f -a '(__bt_tool)'
complete -c naptime.bt -f -a '(__bt_tool)'
complete -c nfsdist.bt -f -a '(__bt_tool)'
complete -c offcputime.bt -f -a '(__bt_tool)'
complete -c oomkill.bt -f -a '(__bt_tool)'
complete -c opensnoop.bt -f -a '(__bt_tool)'
complete -c pidpersec.bt -f -a '(__bt_tool)'
complete -c profile.bt -f -a '(__bt_tool)'
complete -c runqlat.bt -f -a '(__bt_tool)'
complete -c runqlen.bt -f -a '(__bt_tool)'
complete -c runqslower.bt -f -a '(__bt_tool)'
complete -c setuids.bt -f -a '(__bt_tool)'
complete -c sigsnoop.bt -f -a '(__bt_tool)'
complete -c softirqs.bt -f -a '(__bt_tool)'
complete -c ssllatency.bt -f -a '(__bt_tool)'
complete -c sslsnoop.bt -f -a '(__bt_tool)'
complete -c statsnoop.bt -f -a '(__bt_tool)'
complete -c swapin.bt -f -a '(__bt_tool)'
complete -c syncsnoop.bt -f -a '(__bt_tool)'
complete -c syscount.bt -f -a '(__bt_tool)'
complete -c tcpaccept.bt -f -a '(__bt_tool)'
complete -c tcpconnect.bt -f -a '(__bt_tool)'
complete -c tcpconnlat.bt -f -a '(__bt_tool)'
complete -c tcpdrop.bt -f -a '(__bt_tool)'
complete -c tcplife.bt -f -a '(__bt_tool)'
complete -c tcpretrans.bt -f -a '(__bt_tool)'
complete -c tcpstates.bt -f -a '(__bt_tool)'
complete -c tcpsynbl.bt -f -a '(__bt_tool)'
complete -c tcptop.bt -f -a '(__bt_tool)'
complete -c threadsnoop.bt -f -a '(__bt_tool)'
complete -c undump.bt -f -a '(__bt_tool)'
complete -c vfscount.bt -f -a '(__bt_tool)'
complete -c vfsstat.bt -f -a '(__bt_tool)'
complete -c wakeuptime.bt -f -a '(__bt_tool)'
complete -c writeback.bt -f -a '(__bt_tool)'
complete -c xfsdist.bt -f -a '(__bt_tool)'
complete -c zfsdist.bt -f -a '(__bt_tool)'
