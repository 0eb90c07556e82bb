# Generated from the options of bpftrace; do not edit.
function __bpftrace_list
  set -l start (commandline -ct | string trim -l -c '"\'')
  if string match -q '*:*' -- "$start"
    bpftrace -l "$start*" 2>/dev/null
  else
    printf '%s\n' begin: end: report: self: test: bench: kprobe: kretprobe: fentry: fexit: uprobe: uretprobe: usdt: tracepoint: rawtracepoint: software: hardware: profile: interval: watchpoint: iter:
  end
end
complete -c bpftrace -n '__fish_contains_opt -s l list' -f -a '(__bpftrace_list)'
function __bpftrace_script
  set -l start (commandline -ct | string collect | string trim -l -c '"\'' | string replace -r '[a-zA-Z0-9_]*$' '' | string collect)
  printf '%s\n' "$start"{absolute_path,aliases,args,argv,assert,attach_point_exists,avg,begin,bench,bswap,buf,cache_user_symbols,capability_name,cat,cgroup,cgroup_path,cgroupid,clear,cmdline,comm,config,container_of,count,cpid,cpp_demangle,cpu,ctx,curtask,debugf,default_str_length,delete,disk_name,dw_ustack,elapsed,else,end,endpoint,error_name,errorf,exit,exit_status,fail,family_name,fentry,fexit,file_mode,filter_processes,find,for,func,getopt,gid,hardware,has_cpid,has_field,has_key,hist,if,interval,is_array,is_err,is_integer,is_literal,is_ptr,is_scalar,is_str,is_unsigned_integer,iter,jiffies,join,kaddr,kfunc_allowed,kfunc_exist,kprobe,kptr,kretprobe,kstack,ksym,leader_comm,leader_tid,len,let,lhist,license,load_average,log_size,macaddr,max,max_bpf_progs,max_cat_bytes,max_map_keys,max_probes,max_strlen,memcmp,meminfo,min,missing_probes,mount_namespace,ncpus,needs,nsecs,ntop,numaid,open_flags,override,path,pcomm,percpu_kaddr,perf_rb_pages,pid,pid_namespace,ppid,print,print_maps_on_exit,printf,probe,probetype,profile,protocol_name,pton,rand,rawtracepoint,reg,report,request_flags,return,retval,row,selected,selected_ip,self,show_debug_info,signal,signal_constant,signal_name,signal_thread,skboutput,socket_cookie,socket_ip,socket_laddr,socket_local,socket_lport,socket_raddr,socket_remote,socket_rport,socket_type_name,softirq_name,software,stack,stack_mode,static_assert,stats,str,str_concat,str_trunc_trailer,strcap,strcontains,strerror,strftime,strlen,strncmp,strstr,subject,substitute_probes,sum,syscall_name,system,take,task_state,tcp_flags,tcp_state_name,test,tid,time,tracepoint,tseries,uaddr,uid,unroll,unstable_dw_ustack,unstable_import_statement,unstable_tseries,unstable_typeinfo,unwatch,uprobe,uptr,uretprobe,usdt,user_stack_unwinder,usermode,username,ustack,usym,wanted,warnf,watchpoint,while,write_user,writeback_reason_name,zero}
end
complete -c bpftrace -s e -x -a '(__bpftrace_script)' -d 'run this text'
complete -c bpftrace -s l -l list -d 'list attach points, or types such as \'struct task_struct\''
complete -c bpftrace -s I -x -a '(__fish_complete_directories)' -d 'look for C headers here'
complete -c bpftrace -l include -r -F -d 'include a C header before the script'
complete -c bpftrace -l debuginfo -x -a '(__fish_complete_directories)' -d 'look for debug files here first; without a leading slash beside the binary'
complete -c bpftrace -l unsafe -d 'allow functions that change the system'
complete -c bpftrace -l no-feature -x -a 'btf ringbuf raw_tp_test_run raw_tracepoint kprobe uprobe perf_uprobe loop for_each_map_elem map_lookup_percpu_elem ktime_get_boot_ns get_tai_ns get_current_task_btf task_pt_regs perf_link uprobe_multi sleepable_uprobe kprobe_multi kprobe_session fentry get_func_ret iter override_return hardware watchpoint long_map_keys' -d 'do without a kernel feature, named as in --info'
complete -c bpftrace -l probe-filter -x -d 'keep only probes whose full name matches, and begin and end'
complete -c bpftrace -l compat -x -a '0.17 0.20 0.21 0.23 0.24' -d 'mean by a script what an older release meant'
complete -c bpftrace -s p -l pid -x -a '(__fish_complete_pids)' -d 'trace this process only, until it ends'
complete -c bpftrace -s c -l cmd -x -a '(__fish_complete_command)' -d 'run a command and trace it, until it ends'
complete -c bpftrace -s f -x -a 'text json csv record' -d 'print as text (default) or json, or record for bt-tool render'
complete -c bpftrace -s o -l output -r -F -d 'write the output to a file'
complete -c bpftrace -s B -x -a 'none line full' -d 'buffer the output by line (default), full or none'
complete -c bpftrace -l raw -d 'show control characters in texts of processes as they are, also on a terminal'
complete -c bpftrace -s q -l quiet -d 'do not print how many probes were attached'
complete -c bpftrace -s v -l verbose -d 'print more; at the end how often each probe fired, was missed, and had events dropped; with -l also arguments and definitions'
complete -c bpftrace -l strict -d 'end with status 3 if anything was lost, and say what'
complete -c bpftrace -s k -l warnings -d 'warn about failed reads and missing map elements too'
complete -c bpftrace -l no-warnings -d 'suppress all warnings'
complete -c bpftrace -l diagnostics -x -a 'text json sarif' -d 'write errors and warnings as text (default), json or sarif'
complete -c bpftrace -l fmt -d 'print the script in the usual layout; with -o, write it to a file'
complete -c bpftrace -l test -d 'run the script\'s tests'
complete -c bpftrace -l bench -d 'run the script\'s benchmarks'
complete -c bpftrace -l mode -x -a 'codegen bench test format' -d 'test, bench, format (as --fmt), or codegen: compile and stop'
complete -c bpftrace -l dry-run -d 'stop once everything is attached'
complete -c bpftrace -s d -l debug -x -a 'all ast types ir manifest codegen codegen-opt libbpf verifier' -d 'show a stage: all, ast, types, ir, manifest, codegen, codegen-opt, libbpf, verifier'
complete -c bpftrace -l aot -r -F -d 'write the compiled script as a program that needs bt-tool only'
complete -c bpftrace -l emit-artifact -r -F -d 'write the compiled script, for `bpftrace FILE` and bt-tool'
complete -c bpftrace -l emit-llvm -r -F -d 'write the LLVM IR'
complete -c bpftrace -l reference -x -a '(__fish_complete_directories)' -d 'compile against a recorded kernel'
complete -c bpftrace -l traceable-functions -r -F -d 'the functions that can be traced'
complete -c bpftrace -l info -d 'describe this system, build and kernel'
complete -c bpftrace -l explain -x -a 'address address-of address-space aggregation-place aggregation-variable ambiguous-source-file argument-count argument-kind argument-literal argument-map argument-type argument-variable attach-point-choice attach-point-parts attach-point-question branch-types buf-length c-header c-header-part c-limit c-preprocessor c-redefinition c-syntax c-type c-unknown-name c-warning call-depth cannot-cast code-generation column-declaration common-field config-environment config-key config-renamed config-value copied-aggregation debugf delete-key dereference discarded-value distinct-pointers division-by-zero duplicate-block duplicate-config element-print empty-literal empty-probe enum-value event-count expected-attach-point expected-expression expected-token fold-overflow foreign-spelling format-arguments format-type function-name function-probe function-result go-return hidden-function hist-bits immutable-parts implicit-cast import-c import-compiler import-config import-kind import-license import-object import-path import-permissions import-statement index-bounds index-type indirect-function inlined-calls invalid-character invalid-condition invalid-escape invalid-integer invalid-positional invalid-utf8 key-mismatch keyed-map length-range lhist-bounds lhist-buckets lhist-step loop-range loop-shadows loop-type macaddr-argument macaddr-size machine macro-arguments macro-hygiene macro-parameter macro-recursion macro-return macro-size macro-value map-key map-kind memcmp-length missing-parameter missing-probe needs-btf never-assigned no-arg no-args no-cgroup no-code-at-line no-ctx no-debug-information no-field no-func no-kernel-symbol no-kernel-variable no-parameters no-reg no-retval no-source-file no-user-symbol no-value no-wildcards not-constant not-indexable not-printable not-supported ntop-size offset offsetof operator-types option-binary option-declaration option-default option-description outside-loop outside-probe pid-namespace pinned-format pinned-output print-arguments print-stats probe-type program-size pton-address recursion redeclared-variable redefined-function redefined-macro repeated-field repeated-import repeated-name repeated-parameter return-type root-let row-columns scalar-iteration scalar-map section-order self-signal self-trigger signal-number signal-probe signature-type source-line stack-limit stack-mode static-assertion step-operand str-length strftime-clock strftime-time string-too-long strncmp-length table-keys timer-rate timestamp-mode too-deep too-many-errors too-many-programs tracefs tseries-bounds tseries-function tuple-index type-mismatch typeof-argument unassigned-variable uncallable-function undeclared-option undefined-map undefined-variable unknown-event unknown-function unknown-identifier unknown-object unknown-register unknown-structure unknown-type unnecessary-cast unreachable unreadable-argument unresolved-variable unroll-count unsafe-address unsafe-function unsettled-type unstable-feature unterminated-comment unterminated-string unused-map unwound-map uprobe-target usdt-target watchpoint-address watchpoint-length watchpoint-mode' -d 'tell what an error or warning means and what to do about it'
complete -c bpftrace -s V -l version -d 'print the version'
complete -c bpftrace -s h -l help -d 'this text'
