/// A function of the kernel that programs may call: its number (`enum bpf_func_id`) and its name.
package struct KernelHelper: Hashable, Sendable {
  package let number: Int
  /// As the kernel and our messages name it: `get_current_comm`.
  package let name: String

  private init(_ number: Int, _ name: String) {
    self.number = number
    self.name = name
  }

  // Maps
  package static let mapLookup = KernelHelper(1, "map_lookup_elem")
  package static let mapUpdate = KernelHelper(2, "map_update_elem")
  package static let mapDelete = KernelHelper(3, "map_delete_elem")
  package static let forEachMapElement = KernelHelper(164, "for_each_map_elem")
  package static let mapLookupPerCPU = KernelHelper(195, "map_lookup_percpu_elem")

  // Time
  package static let ktimeGetNS = KernelHelper(5, "ktime_get_ns")
  package static let jiffies64 = KernelHelper(118, "jiffies64")
  package static let ktimeGetBootNS = KernelHelper(125, "ktime_get_boot_ns")
  package static let ktimeGetTAINS = KernelHelper(208, "ktime_get_tai_ns")

  // The machine
  package static let getPrandomU32 = KernelHelper(7, "get_prandom_u32")
  package static let getSMPProcessorID = KernelHelper(8, "get_smp_processor_id")
  package static let getNUMANodeID = KernelHelper(42, "get_numa_node_id")

  // The current task
  package static let getCurrentPIDTGID = KernelHelper(14, "get_current_pid_tgid")
  package static let getCurrentUIDGID = KernelHelper(15, "get_current_uid_gid")
  package static let getCurrentComm = KernelHelper(16, "get_current_comm")
  package static let getCurrentTask = KernelHelper(35, "get_current_task")
  /// The result is a pointer that `typedLoad` can follow.
  package static let getCurrentTaskBTF = KernelHelper(158, "get_current_task_btf")
  /// Argument: a task that the verifier knows.
  package static let taskPTRegs = KernelHelper(175, "task_pt_regs")
  package static let currentTaskUnderCgroup = KernelHelper(37, "current_task_under_cgroup")
  package static let getCurrentCgroupID = KernelHelper(80, "get_current_cgroup_id")
  package static let sendSignal = KernelHelper(109, "send_signal")
  package static let sendSignalThread = KernelHelper(117, "send_signal_thread")
  /// Arguments: device, inode, pointer to 8 bytes, 8.
  package static let getNSCurrentPIDTGID = KernelHelper(120, "get_ns_current_pid_tgid")

  // The probe
  package static let getStack = KernelHelper(67, "get_stack")
  package static let getFuncIP = KernelHelper(173, "get_func_ip")
  /// Arguments: context, pointer to 8 bytes. Programs at the end of functions may call it.
  package static let getFuncRet = KernelHelper(184, "get_func_ret")
  package static let getAttachCookie = KernelHelper(174, "get_attach_cookie")

  /// Arguments: context, the value that the traced function returns.
  package static let overrideReturn = KernelHelper(58, "override_return")

  // Objects that the verifier knows
  package static let getSocketCookie = KernelHelper(46, "get_socket_cookie")
  /// Arguments: `struct path`, pointer, length.
  package static let dPath = KernelHelper(147, "d_path")

  // Memory that is not the program's
  /// Arguments: address, pointer, length.
  package static let probeWriteUser = KernelHelper(36, "probe_write_user")
  package static let probeReadUser = KernelHelper(112, "probe_read_user")
  package static let probeReadKernel = KernelHelper(113, "probe_read_kernel")
  package static let probeReadUserString = KernelHelper(114, "probe_read_user_str")
  package static let probeReadKernelString = KernelHelper(115, "probe_read_kernel_str")
  /// Arguments: pointer, length, address. Waits for pages that are not there; for programs that may wait.
  package static let copyFromUser = KernelHelper(148, "copy_from_user")

  // Output
  package static let tracePrintk = KernelHelper(6, "trace_printk")
  /// Arguments: `struct sk_buff`, map, flags with the length in the upper half, pointer, length.
  package static let skbOutput = KernelHelper(111, "skb_output")
  /// Arguments: the file of an iterator, format, its length with the NUL, pointer to words, their bytes.
  package static let seqPrintf = KernelHelper(126, "seq_printf")
  /// Arguments: the file of an iterator, pointer, length.
  package static let seqWrite = KernelHelper(127, "seq_write")
  package static let ringBufferOutput = KernelHelper(130, "ringbuf_output")
  package static let ringBufferReserve = KernelHelper(131, "ringbuf_reserve")
  package static let ringBufferSubmit = KernelHelper(132, "ringbuf_submit")
  package static let ringBufferQuery = KernelHelper(134, "ringbuf_query")

  // Control
  package static let loop = KernelHelper(181, "loop")
  /// Arguments: pointer, length, pointer to constant text.
  package static let strncmp = KernelHelper(182, "strncmp")

  /// Every helper, in the order of their numbers.
  package static let all: [KernelHelper] = [
    .mapLookup, .mapUpdate, .mapDelete, .ktimeGetNS, .tracePrintk, .getPrandomU32,
    .getSMPProcessorID, .getCurrentPIDTGID, .getCurrentUIDGID, .getCurrentComm, .getCurrentTask,
    .probeWriteUser, .currentTaskUnderCgroup, .getNUMANodeID, .getSocketCookie, .overrideReturn,
    .getStack, .getCurrentCgroupID, .sendSignal, .skbOutput,
    .probeReadUser, .probeReadKernel, .probeReadUserString, .probeReadKernelString,
    .sendSignalThread, .jiffies64, .getNSCurrentPIDTGID, .ktimeGetBootNS, .seqPrintf, .seqWrite,
    .ringBufferOutput, .ringBufferReserve, .ringBufferSubmit, .ringBufferQuery, .dPath,
    .copyFromUser,
    .getCurrentTaskBTF, .forEachMapElement, .getFuncIP, .getAttachCookie, .taskPTRegs, .loop,
    .strncmp, .getFuncRet, .mapLookupPerCPU,
    .ktimeGetTAINS,
  ]
}
