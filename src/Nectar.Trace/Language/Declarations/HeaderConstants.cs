// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Printing;

namespace Nectar.Trace.Language.Declarations;

/// <summary>
/// Constants of the system's headers that scripts use: BTF has types and enumerators but no macros. Values are those of the kernel's
/// interface to programs on x86-64 and arm64, which does not change.
/// </summary>
internal static class HeaderConstants
{
    private const string Constants =
        "AF_UNSPEC=0 AF_UNIX=1 AF_LOCAL=1 AF_INET=2 AF_AX25=3 AF_IPX=4 AF_APPLETALK=5 AF_X25=9 AF_INET6=10 AF_KEY=14 AF_NETLINK=16 AF_PACKET=17 " +
        "AF_RDS=21 AF_PPPOX=24 AF_CAN=29 AF_TIPC=30 AF_BLUETOOTH=31 AF_ALG=38 AF_VSOCK=40 AF_XDP=44 PF_UNSPEC=0 PF_UNIX=1 PF_LOCAL=1 PF_INET=2 " +
        "PF_INET6=10 PF_NETLINK=16 PF_PACKET=17 SOCK_STREAM=1 SOCK_DGRAM=2 SOCK_RAW=3 SOCK_RDM=4 SOCK_SEQPACKET=5 SOCK_DCCP=6 SOCK_PACKET=10 " +
        "SOL_SOCKET=1 SOMAXCONN=4096 MSG_PEEK=2 MSG_DONTWAIT=0x40 MSG_NOSIGNAL=0x4000 " +
        "IPPROTO_IP=0 IPPROTO_ICMP=1 IPPROTO_IGMP=2 IPPROTO_IPIP=4 IPPROTO_TCP=6 IPPROTO_EGP=8 IPPROTO_PUP=12 IPPROTO_UDP=17 IPPROTO_IDP=22 " +
        "IPPROTO_DCCP=33 IPPROTO_IPV6=41 IPPROTO_RSVP=46 IPPROTO_GRE=47 IPPROTO_ESP=50 IPPROTO_AH=51 IPPROTO_ICMPV6=58 IPPROTO_SCTP=132 " +
        "IPPROTO_UDPLITE=136 IPPROTO_RAW=255 IPPROTO_MPTCP=262 INADDR_ANY=0 INADDR_LOOPBACK=0x7f000001 ETH_P_IP=0x0800 ETH_P_ARP=0x0806 " +
        "ETH_P_IPV6=0x86DD ETH_P_ALL=0x0003 ETH_ALEN=6 ETH_HLEN=14 " +
        "O_RDONLY=0 O_WRONLY=1 O_RDWR=2 O_ACCMODE=3 O_CREAT=0x40 O_EXCL=0x80 O_NOCTTY=0x100 O_TRUNC=0x200 O_APPEND=0x400 O_NONBLOCK=0x800 " +
        "O_DSYNC=0x1000 O_DIRECT=0x4000 O_LARGEFILE=0x8000 O_DIRECTORY=0x10000 O_NOFOLLOW=0x20000 O_NOATIME=0x40000 O_CLOEXEC=0x80000 O_SYNC=0x101000 " +
        "O_PATH=0x200000 AT_FDCWD=-100 F_DUPFD=0 F_GETFD=1 F_SETFD=2 F_GETFL=3 F_SETFL=4 " +
        "S_IFMT=0xf000 S_IFSOCK=0xc000 S_IFLNK=0xa000 S_IFREG=0x8000 S_IFBLK=0x6000 S_IFDIR=0x4000 S_IFCHR=0x2000 S_IFIFO=0x1000 S_ISUID=0x800 " +
        "S_ISGID=0x400 S_ISVTX=0x200 " +
        "PROT_NONE=0 PROT_READ=1 PROT_WRITE=2 PROT_EXEC=4 MAP_SHARED=1 MAP_PRIVATE=2 MAP_FIXED=0x10 MAP_ANONYMOUS=0x20 MAP_GROWSDOWN=0x100 " +
        "MAP_LOCKED=0x2000 MAP_HUGETLB=0x40000 PAGE_SHIFT=12 PAGE_SIZE=4096 " +
        "SIGHUP=1 SIGINT=2 SIGQUIT=3 SIGILL=4 SIGTRAP=5 SIGABRT=6 SIGBUS=7 SIGFPE=8 SIGKILL=9 SIGUSR1=10 SIGSEGV=11 SIGUSR2=12 SIGPIPE=13 SIGALRM=14 " +
        "SIGTERM=15 SIGSTKFLT=16 SIGCHLD=17 SIGCONT=18 SIGSTOP=19 SIGTSTP=20 SIGTTIN=21 SIGTTOU=22 SIGURG=23 SIGXCPU=24 SIGXFSZ=25 SIGVTALRM=26 " +
        "SIGPROF=27 SIGWINCH=28 SIGIO=29 SIGPWR=30 SIGSYS=31 " +
        "EPERM=1 ENOENT=2 ESRCH=3 EINTR=4 EIO=5 ENXIO=6 E2BIG=7 ENOEXEC=8 EBADF=9 ECHILD=10 EAGAIN=11 EWOULDBLOCK=11 ENOMEM=12 EACCES=13 EFAULT=14 " +
        "ENOTBLK=15 EBUSY=16 EEXIST=17 EXDEV=18 ENODEV=19 ENOTDIR=20 EISDIR=21 EINVAL=22 ENFILE=23 EMFILE=24 ENOTTY=25 ETXTBSY=26 EFBIG=27 ENOSPC=28 " +
        "ESPIPE=29 EROFS=30 EMLINK=31 EPIPE=32 EDOM=33 ERANGE=34 EDEADLK=35 ENAMETOOLONG=36 ENOSYS=38 ENOTEMPTY=39 ELOOP=40 EPROTO=71 EOVERFLOW=75 " +
        "ENOTSOCK=88 EMSGSIZE=90 EPROTONOSUPPORT=93 EOPNOTSUPP=95 EAFNOSUPPORT=97 EADDRINUSE=98 EADDRNOTAVAIL=99 ENETDOWN=100 ENETUNREACH=101 " +
        "ECONNABORTED=103 ECONNRESET=104 ENOBUFS=105 EISCONN=106 ENOTCONN=107 ETIMEDOUT=110 ECONNREFUSED=111 EHOSTUNREACH=113 EALREADY=114 " +
        "EINPROGRESS=115 ERESTARTSYS=512 MAX_ERRNO=4095 " +
        "TASK_RUNNING=0 TASK_INTERRUPTIBLE=1 TASK_UNINTERRUPTIBLE=2 TASK_COMM_LEN=16 CLONE_VM=0x100 CLONE_FS=0x200 CLONE_FILES=0x400 " +
        "CLONE_SIGHAND=0x800 CLONE_VFORK=0x4000 CLONE_THREAD=0x10000 CLONE_NEWNS=0x20000 PF_KTHREAD=0x00200000 PF_EXITING=0x00000004 " +
        "PF_IDLE=0x00000002 PF_WQ_WORKER=0x00000020 SCHED_OTHER=0 SCHED_NORMAL=0 SCHED_FIFO=1 SCHED_RR=2 SCHED_BATCH=3 SCHED_IDLE=5 SCHED_DEADLINE=6 " +
        "NULL=0 INT_MAX=2147483647 INT_MIN=(-2147483647-1) UINT_MAX=4294967295 LONG_MAX=9223372036854775807 ULONG_MAX=18446744073709551615 " +
        "PATH_MAX=4096 NAME_MAX=255 DNAME_INLINE_LEN=40 IFNAMSIZ=16 USEC_PER_SEC=1000000 NSEC_PER_SEC=1000000000 NSEC_PER_MSEC=1000000 " +
        "NSEC_PER_USEC=1000 " +
        "SECTOR_SHIFT=9 SECTOR_SIZE=512 MINORBITS=20 MINORMASK=0xfffff REQ_OP_BITS=8 REQ_OP_MASK=0xff ";

    private const string Functions = """
        #define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
        #define MINOR(dev) ((dev) & MINORMASK)
        #define MAJOR(dev) ((dev) >> MINORBITS)
        #define MKDEV(major, minor) (((major) << MINORBITS) | (minor))
        #define S_ISLNK(m) (((m) & S_IFMT) == S_IFLNK)
        #define S_ISREG(m) (((m) & S_IFMT) == S_IFREG)
        #define S_ISDIR(m) (((m) & S_IFMT) == S_IFDIR)
        #define S_ISCHR(m) (((m) & S_IFMT) == S_IFCHR)
        #define S_ISBLK(m) (((m) & S_IFMT) == S_IFBLK)
        #define S_ISFIFO(m) (((m) & S_IFMT) == S_IFIFO)
        #define S_ISSOCK(m) (((m) & S_IFMT) == S_IFSOCK)
        #define BIT(n) (1 << (n))

        """;

    /// <summary>Adds the constants, as an <c>#include</c> of the system does. What the script defined itself stays.</summary>
    public static void AddTo(Dictionary<string, CMacro> macros)
    {
        if (macros.ContainsKey("KERNEL_VERSION")) return;
        foreach (string constant in Constants.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = constant.IndexOf('=', StringComparison.Ordinal);
            Define(macros, constant[..equals], constant[(equals + 1)..]);
        }

        for (int number = 0; number < SyscallNames.Count; number++)
        {
            if (SyscallNames.Find(number) is not { Length: > 0 } call) continue;
            string value = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            Define(macros, "__NR_" + call, value);
            Define(macros, "SYS_" + call, value);
        }

        Version version = Environment.OSVersion.Version;
        Define(macros, "LINUX_VERSION_CODE", ((version.Major << 16) + (version.Minor << 8) + Math.Clamp(version.Build, 0, 255)).ToString(System.Globalization.CultureInfo.InvariantCulture));
        CPreprocessor preprocessor = new(ParseOptions.Default, new());
        SourceText functions = new("<headers>", Functions);
        preprocessor.Read(functions, 0, functions.Text.Length);
        foreach ((string name, CMacro macro) in preprocessor.Macros) macros.TryAdd(name, macro);
    }

    /// <summary>What every script's C can test with <c>#ifdef</c>.</summary>
    public static void AddPredefined(Dictionary<string, CMacro> macros)
    {
        Define(macros, "BPFTRACE_HAVE_BTF", "1");
        Define(macros, "__KERNEL__", "1");
        Define(macros, "__linux__", "1");
        Define(macros, RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "__aarch64__" : "__x86_64__", "1");
    }

    private static void Define(Dictionary<string, CMacro> macros, string name, string value)
    {
        SourceText source = new(name, value);
        macros.TryAdd(name, new CMacro(name, null, CLexer.Read(source, 0, value.Length)));
    }
}
