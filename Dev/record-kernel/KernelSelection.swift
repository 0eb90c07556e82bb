import MachineView

/// What a recorded kernel contains: what scripts, tools and tests ask about, and no more.
struct KernelSelection {
  /// Structures that are kept with all members and everything their members consist of.
  let structures = [
    // Processes
    "task_struct", "thread_info", "signal_struct", "sighand_struct", "mm_struct", "vm_area_struct",
    "nsproxy", "uts_namespace", "pid", "upid", "pid_namespace", "user_namespace", "cred",
    "user_struct", "css_set", "cgroup", "cgroup_subsys_state", "cgroup_namespace", "kernfs_node",
    "linux_binprm", "kernel_siginfo", "pt_regs", "rq", "cfs_rq", "task_group", "kernel_clone_args",
    // Files
    "files_struct", "fdtable", "fs_struct", "file", "path", "dentry", "inode", "qstr", "vfsmount",
    "mount", "mnt_namespace", "super_block", "file_system_type", "address_space", "kiocb",
    "iov_iter", "open_how", "filename", "folio", "page",
    // Network
    "socket", "sock", "sock_common", "inet_sock", "inet_connection_sock", "tcp_sock", "udp_sock",
    "unix_sock", "ipv6_pinfo", "sk_buff", "net", "net_device", "msghdr", "sockaddr", "sockaddr_in",
    "sockaddr_in6", "sockaddr_un", "tcp_skb_cb", "tcphdr", "udphdr", "iphdr", "ipv6hdr",
    "request_sock",
    // Block devices
    "request", "request_queue", "bio", "bio_vec", "block_device", "gendisk", "hd_struct",
    // Tracing
    "bpf_perf_event_data", "bpf_map", "bpf_prog", "bpf_prog_aux", "syscall_trace_enter",
    "syscall_trace_exit", "bpf_iter_meta", "seq_file", "timespec64", "__kernel_timespec",
    "oom_control", "mem_cgroup", "mddev", "nameidata", "scm_cookie", "sockaddr_storage",
    "tcp_options_received", "irqaction", "softirq_action", "timer_list", "hrtimer", "work_struct",
  ]

  /// Patterns of further structures: the records of tracepoints and the contexts of iterators.
  let structurePatterns = [
    "trace_event_raw_sched_*", "trace_event_raw_sys_*", "trace_event_raw_signal_*",
    "trace_event_raw_task_*", "trace_event_raw_irq_*", "trace_event_raw_softirq",
    "trace_event_raw_timer_*", "trace_event_raw_hrtimer_*", "trace_event_raw_itimer_*",
    "trace_event_raw_tick_stop", "trace_event_raw_block_*", "trace_event_raw_sock_*",
    "trace_event_raw_inet_*", "trace_event_raw_tcp_*", "trace_event_raw_kfree_skb",
    "trace_event_raw_consume_skb", "trace_event_raw_skb_*", "trace_event_raw_cap_capable",
    "trace_event_raw_writeback_*", "trace_event_raw_mm_filemap_*", "trace_event_raw_mm_vmscan_*",
    "trace_event_raw_mark_victim", "trace_event_raw_oom_*", "trace_event_raw_exceptions",
    "trace_event_raw_page_fault*", "trace_event_raw_workqueue_*", "trace_event_raw_contention_*",
    "trace_event_raw_power_*", "trace_event_raw_cpu_*", "trace_event_raw_kmem_*",
    "trace_event_raw_kmalloc", "trace_event_raw_kfree",
    "bpf_iter__task*", "bpf_iter__bpf_map", "bpf_iter__tcp",
  ].map { NamePattern($0) }

  /// Names of types that are no structures.
  let otherTypes = [
    "pid_type", "req_op", "sock_type", "hrtimer_mode", "bool", "u8", "u16", "u32", "u64", "s8",
    "s16", "s32", "s64", "__u8", "__u16", "__u32", "__u64", "__s8", "__s16", "__s32", "__s64",
    "size_t", "ssize_t", "loff_t", "pid_t", "uid_t", "gid_t", "dev_t", "umode_t", "sector_t",
    "gfp_t", "fmode_t", "kuid_t", "kgid_t", "socklen_t", "sa_family_t", "time64_t", "ktime_t",
    "uintptr_t", "skb_drop_reason", "bpf_map_type", "bpf_prog_type", "zone_type", "node_stat_item",
  ]

  /// Enum values whose enums are kept.
  let enumValues = [
    "TCP_ESTABLISHED", "HI_SOFTIRQ", "TASK_COMM_LEN", "BPF_ANY", "IPPROTO_TCP", "SS_CONNECTED",
    "HRTIMER_NORESTART", "PIDTYPE_TGID", "REQ_OP_READ", "PGFAULT", "NR_FREE_PAGES",
    "TCP_CA_Open", "INET_FLAGS_PKTINFO",
  ]

  /// Tracepoints that can be typed (`btf_trace_*`).
  let rawTracepoints = [
    "sched_*", "sys_*", "cap_capable", "block_*", "signal_*", "softirq_*", "task_*", "kfree_skb",
    "tcp_*", "inet_sock_set_state", "sock_*_length", "irq_*", "writeback_*", "mm_filemap_*",
    "mm_vmscan_*",
    "mark_victim", "page_fault_*", "workqueue_*", "contention_*", "cpu_*", "consume_skb",
  ].map { NamePattern($0) }

  /// Functions and variables that the type information, the symbols and the list of traceable
  /// functions know.
  let functions = [
    "vfs_*", "do_sys_openat2", "do_filp_open", "path_openat", "filp_close", "do_nanosleep",
    "hrtimer_nanosleep", "tcp_connect", "tcp_v4_connect", "tcp_v6_connect", "tcp_sendmsg",
    "tcp_recvmsg", "tcp_cleanup_rbuf", "tcp_close", "tcp_set_state", "tcp_retransmit_skb",
    "udp_sendmsg", "inet_csk_accept", "ip_local_out", "__x64_sys_openat", "__x64_sys_open",
    "__x64_sys_read", "__x64_sys_write", "__x64_sys_nanosleep", "__x64_sys_execve",
    "__x64_sys_kill", "cap_capable", "security_file_*", "security_capable", "oom_kill_process",
    "wake_up_new_task", "try_to_wake_up", "finish_task_switch*", "do_exit", "exit_mm",
    "begin_new_exec", "submit_bio", "submit_bio_noacct", "blk_mq_start_request",
    "blk_account_io_*", "_raw_spin_lock", "_raw_spin_lock_irqsave", "_raw_spin_unlock_irqrestore",
    "queued_spin_lock_slowpath", "kfree", "kmem_cache_alloc*", "__alloc_pages*", "shrink_node",
    "lookup_fast", "d_lookup", "unix_stream_sendmsg", "unix_stream_recvmsg", "bpf_iter_task*",
    "bpf_iter_bpf_map", "bpf_iter_tcp", "wakeup_kswapd", "schedule", "__schedule", "mutex_lock",
    "mutex_lock.part*", "ksys_read", "ksys_write", "do_unlinkat", "inet_listen", "sock_sendmsg",
    // Of the tools
    "inet_bind*", "inet6_bind*", "inet_csk_*", "tcp_v4_*", "tcp_v6_*", "tcp_rcv_state_process",
    "tcp_rcv_established", "tcp_send_loss_probe", "tcp_drop*", "sk_skb_reason_drop", "tcp_ack",
    "udp_recvmsg", "udpv6_recvmsg", "skb_copy_datagram_iter", "unix_dgram_recvmsg",
    "__unix_dgram_recvmsg", "__unix_stream_recvmsg", "security_inode_*", "ext4_file_*",
    "ext4_sync_file", "xfs_file_*", "btrfs_file_*", "btrfs_sync_file", "nfs_file_*",
    "nfs4_file_*", "f2fs_file_*", "f2fs_sync_file", "generic_file_*", "nfs_getattr",
    "folio_add_lru", "add_to_page_cache_lru", "filemap_add_folio", "folio_mark_accessed",
    "mark_page_accessed", "mark_buffer_dirty", "folio_account_dirtied", "account_page_dirtied",
    "swap_readpage", "swap_read_folio", "md_flush_request", "__d_lookup*", "oom_*",
    "do_swap_page", "path_mount", "do_mount",
  ].map { NamePattern($0) }

  let variables = [
    "jiffies", "init_task", "nr_threads", "avenrun", "linux_banner", "_text", "_etext",
  ]

  /// Tracepoints whose formats are kept.
  let tracepoints = [
    ("sched", "*"), ("raw_syscalls", "*"), ("capability", "*"), ("signal", "*"), ("task", "*"),
    ("irq", "softirq_*"), ("irq", "irq_handler_*"), ("block", "block_rq_*"), ("timer", "*"),
    ("sock", "inet_sock_set_state"), ("tcp", "*"), ("skb", "*"),
    ("block", "block_io_*"), ("block", "block_bio_*"), ("writeback", "*"), ("filemap", "*"),
    ("vmscan", "mm_vmscan_direct_reclaim_*"), ("oom", "*"), ("exceptions", "*"),
    ("workqueue", "*"), ("lock", "contention_*"), ("power", "cpu_*"), ("kmem", "k*"),
  ].map { (NamePattern($0.0), NamePattern($0.1)) }

  /// System calls whose tracepoints are kept.
  let systemCalls = [
    "openat", "open", "openat2", "execve", "execveat", "read", "write", "close", "nanosleep",
    "kill",
    "statfs", "fstatfs", "statx", "newstat", "newlstat", "newfstat", "sync", "syncfs", "fsync",
    "fdatasync", "sync_file_range", "msync", "setuid", "setgid", "setreuid", "setresuid",
    "setfsuid", "tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    "mount", "umount", "move_mount", "fsopen", "fsmount", "fsconfig", "fspick", "open_tree",
    "mount_setattr", "bind", "listen", "accept", "sendto", "recvfrom", "sendmsg", "recvmsg",
    "unlink", "rename", "renameat", "renameat2", "creat", "shmget", "shmat", "shmdt", "shmctl",
    "futex", "ioctl", "clone", "clone3", "fork", "vfork", "readv", "writev", "pread64", "pwrite64",
    "preadv", "preadv2", "pwritev", "pwritev2",
    "mkdir", "mkdirat", "rmdir",
    "clock_nanosleep", "newfstatat", "unlinkat", "connect", "accept4", "mmap", "exit_group",
  ]

  /// Settings of the kernel's configuration.
  let configuration = [
    "CONFIG_HZ", "CONFIG_KPROBES", "CONFIG_UPROBES", "CONFIG_UPROBE_EVENTS", "CONFIG_BPF",
    "CONFIG_BPF_SYSCALL", "CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF", "CONFIG_FTRACE",
    "CONFIG_FUNCTION_TRACER", "CONFIG_DYNAMIC_FTRACE", "CONFIG_FPROBE", "CONFIG_PERF_EVENTS",
    "CONFIG_CGROUPS", "CONFIG_BPF_EVENTS", "CONFIG_X86_64",
  ]

  /// Features and settings that are recorded as present whatever the machine says, so that scripts
  /// with every kind of probe can be checked on the recording; machines for development often lock
  /// these down.
  let assumedFeatures = ["kprobe", "kprobe_multi", "fentry"]
  let assumedConfiguration = [
    "CONFIG_KPROBES", "CONFIG_FTRACE", "CONFIG_FUNCTION_TRACER", "CONFIG_DYNAMIC_FTRACE",
    "CONFIG_FPROBE",
  ]
}
