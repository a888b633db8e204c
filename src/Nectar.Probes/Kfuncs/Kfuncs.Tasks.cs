// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Kfuncs
{
    /// <summary><c>bpf_task_acquire</c>, kernel 6.2: takes a reference to a task; null if it is gone.</summary>
    [Kfunc("bpf_task_acquire")]
    public static T* TaskAcquire<T>(T* task)
        where T : unmanaged => (T*)Managed.CallKernel("bpf_task_acquire", (ulong)task);

    /// <summary><c>bpf_task_release</c>, kernel 6.2: gives a reference back.</summary>
    [Kfunc("bpf_task_release")]
    public static void TaskRelease<T>(T* task)
        where T : unmanaged => Managed.CallKernel("bpf_task_release", (ulong)task);

    /// <summary><c>bpf_task_from_pid</c>, kernel 6.2: finds a task by its number in the first pid namespace; must be released; null if there is none.</summary>
    [Kfunc("bpf_task_from_pid")]
    public static T* TaskFromPid<T>(int pid)
        where T : unmanaged => (T*)Managed.CallKernel("bpf_task_from_pid", (ulong)(long)pid);

    /// <summary><c>bpf_task_from_vpid</c>, kernel 6.13: finds a task by its number in the current pid namespace; must be released; null if there is none.</summary>
    [Kfunc("bpf_task_from_vpid")]
    public static T* TaskFromVpid<T>(int pid)
        where T : unmanaged => (T*)Managed.CallKernel("bpf_task_from_vpid", (ulong)(long)pid);

    /// <summary><c>bpf_task_under_cgroup</c>, kernel 6.5: whether a task is in a cgroup or below.</summary>
    /// <returns>1 if it is, else 0.</returns>
    [Kfunc("bpf_task_under_cgroup")]
    public static long TaskUnderCgroup<TTask, TCgroup>(TTask* task, TCgroup* ancestor)
        where TTask : unmanaged
        where TCgroup : unmanaged => (long)Managed.CallKernel("bpf_task_under_cgroup", (ulong)task, (ulong)ancestor);

    /// <summary><c>bpf_task_get_cgroup1</c>, kernel 6.8: the cgroup of a task in a hierarchy of version 1; must be released.</summary>
    [Kfunc("bpf_task_get_cgroup1")]
    public static TCgroup* TaskGetCgroup1<TTask, TCgroup>(TTask* task, int hierarchy)
        where TTask : unmanaged
        where TCgroup : unmanaged => (TCgroup*)Managed.CallKernel("bpf_task_get_cgroup1", (ulong)task, (ulong)(long)hierarchy);

    /// <summary><c>bpf_cgroup_acquire</c>, kernel 6.2: takes a reference to a cgroup; null if it is gone.</summary>
    [Kfunc("bpf_cgroup_acquire")]
    public static T* CgroupAcquire<T>(T* cgroup)
        where T : unmanaged => (T*)Managed.CallKernel("bpf_cgroup_acquire", (ulong)cgroup);

    /// <summary><c>bpf_cgroup_release</c>, kernel 6.2: gives a reference back.</summary>
    [Kfunc("bpf_cgroup_release")]
    public static void CgroupRelease<T>(T* cgroup)
        where T : unmanaged => Managed.CallKernel("bpf_cgroup_release", (ulong)cgroup);

    /// <summary><c>bpf_cgroup_ancestor</c>, kernel 6.2: the ancestor at a level, 0 for the root; must be released; null if there is none.</summary>
    [Kfunc("bpf_cgroup_ancestor")]
    public static T* CgroupAncestor<T>(T* cgroup, int level)
        where T : unmanaged => (T*)Managed.CallKernel("bpf_cgroup_ancestor", (ulong)cgroup, (ulong)(long)level);

    /// <summary><c>bpf_cgroup_from_id</c>, kernel 6.4: finds a cgroup by its number; must be released; null if there is none.</summary>
    [Kfunc("bpf_cgroup_from_id")]
    public static T* CgroupFromId<T>(ulong id)
        where T : unmanaged => (T*)Managed.CallKernel("bpf_cgroup_from_id", id);

    /// <summary><c>bpf_send_signal_task</c>, kernel 6.13: sends a signal to a task (type 0) or its process (1).</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_send_signal_task")]
    public static int SendSignalTask<T>(T* task, int signal, uint type, ulong value)
        where T : unmanaged => (int)Managed.CallKernel("bpf_send_signal_task", (ulong)task, (ulong)(long)signal, type, value);

    /// <summary><c>bpf_get_task_exe_file</c>, kernel 6.12: the file that a task runs; must be put; security hooks.</summary>
    [Kfunc("bpf_get_task_exe_file")]
    public static TFile* GetTaskExeFile<TTask, TFile>(TTask* task)
        where TTask : unmanaged
        where TFile : unmanaged => (TFile*)Managed.CallKernel("bpf_get_task_exe_file", (ulong)task);

    /// <summary><c>bpf_put_file</c>, kernel 6.12: gives a file back; security hooks.</summary>
    [Kfunc("bpf_put_file")]
    public static void PutFile<T>(T* file)
        where T : unmanaged => Managed.CallKernel("bpf_put_file", (ulong)file);

    /// <summary><c>bpf_path_d_path</c>, kernel 6.12: the full name of a path; security hooks.</summary>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    [Kfunc("bpf_path_d_path")]
    public static int PathDPath<T>(T* path, byte* buffer, nuint size)
        where T : unmanaged => (int)Managed.CallKernel("bpf_path_d_path", (ulong)path, (ulong)buffer, size);

    /// <summary><c>bpf_get_file_xattr</c>, kernel 6.8: an extended attribute of a file; sleepable security hooks.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Kfunc("bpf_get_file_xattr")]
    public static int GetFileXattr<T>(T* file, byte* name, bpf_dynptr* value)
        where T : unmanaged => (int)Managed.CallKernel("bpf_get_file_xattr", (ulong)file, (ulong)name, (ulong)value);

    /// <summary><c>bpf_get_dentry_xattr</c>, kernel 6.12: an extended attribute of a directory entry; sleepable security hooks.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Kfunc("bpf_get_dentry_xattr")]
    public static int GetDentryXattr<T>(T* dentry, byte* name, bpf_dynptr* value)
        where T : unmanaged => (int)Managed.CallKernel("bpf_get_dentry_xattr", (ulong)dentry, (ulong)name, (ulong)value);

    /// <summary><c>bpf_copy_from_user_str</c>, kernel 6.12: reads a string of the process; sleepable; flag 1 fills up with zeros.</summary>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    [Kfunc("bpf_copy_from_user_str")]
    public static int CopyFromUserStr(void* destination, uint size, void* source, ulong flags) => (int)Managed.CallKernel("bpf_copy_from_user_str", (ulong)destination, size, (ulong)source, flags);

    /// <summary><c>bpf_sock_destroy</c>, kernel 6.5: closes a socket; iterators.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_sock_destroy")]
    public static int SockDestroy<T>(T* socket)
        where T : unmanaged => (int)Managed.CallKernel("bpf_sock_destroy", (ulong)socket);
}
