// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Printing;

/// <summary>Flags of the kernel's allocator in words (<c>%gr</c>), in the order of the kernel's own table (include/trace/events/mmflags.h): what is made of others first. What the table of bpftrace does not have (movable, reclaimable) stays a number.</summary>
internal static class GfpFlags
{
    private const ulong Dma = 1, HighMem = 2, Dma32 = 4, Movable = 8, High = 0x20, Io = 0x40, Fs = 0x80, Zero = 0x100, Direct = 0x400, Kswapd = 0x800,
        Writing = 0x1000, NoWarn = 0x2000, RetryMayFail = 0x4000, NoFail = 0x8000, NoRetry = 0x10000, MemAlloc = 0x20000, Comp = 0x40000, NoMemAlloc = 0x80000,
        HardWall = 0x100000, ThisNode = 0x200000, Account = 0x400000, ZeroTags = 0x800000, SkipZero = 0x1000000, SkipKasan = 0x2000000, NoObjExt = 0x4000000,
        Reclaim = Direct | Kswapd, NoIo = Reclaim, NoFs = NoIo | Io, Kernel = NoFs | Fs, User = Kernel | HardWall, HighUser = User | HighMem,
        HighUserMovable = HighUser | Movable | SkipKasan, TransHugeLight = (HighUserMovable | Comp | NoMemAlloc | NoWarn) & ~Reclaim;

    private static readonly (ulong Bits, string Name)[] s_names =
    [
        (TransHugeLight | Direct, "GFP_TRANSHUGE"), (TransHugeLight, "GFP_TRANSHUGE_LIGHT"), (HighUserMovable, "GFP_HIGHUSER_MOVABLE"), (HighUser, "GFP_HIGHUSER"),
        (User, "GFP_USER"), (Kernel | Account, "GFP_KERNEL_ACCOUNT"), (Kernel, "GFP_KERNEL"), (NoFs, "GFP_NOFS"), (High | Kswapd, "GFP_ATOMIC"), (NoIo, "GFP_NOIO"),
        (Kswapd | NoWarn, "GFP_NOWAIT"), (Dma, "GFP_DMA"), (HighMem, "__GFP_HIGHMEM"), (Dma32, "GFP_DMA32"), (High, "__GFP_HIGH"), (Io, "__GFP_IO"), (Fs, "__GFP_FS"),
        (Zero, "__GFP_ZERO"), (Direct, "__GFP_DIRECT_RECLAIM"), (Kswapd, "__GFP_KSWAPD_RECLAIM"), (Writing, "__GFP_WRITE"), (NoWarn, "__GFP_NOWARN"),
        (RetryMayFail, "__GFP_RETRY_MAYFAIL"), (NoFail, "__GFP_NOFAIL"), (NoRetry, "__GFP_NORETRY"), (MemAlloc, "__GFP_MEMALLOC"), (Comp, "__GFP_COMP"),
        (NoMemAlloc, "__GFP_NOMEMALLOC"), (HardWall, "__GFP_HARDWALL"), (ThisNode, "__GFP_THISNODE"), (Account, "__GFP_ACCOUNT"), (ZeroTags, "__GFP_ZEROTAGS"),
        (SkipZero, "__GFP_SKIP_ZERO"), (SkipKasan, "__GFP_SKIP_KASAN"), (NoObjExt, "__GFP_NO_OBJ_EXT"),
    ];

    public static void Write(Utf8Buffer to, ulong flags)
    {
        if (flags == 0)
        {
            to.Append((byte)'0');
            return;
        }

        ulong rest = flags;
        foreach ((ulong bits, string name) in s_names)
        {
            if ((rest & bits) != bits) continue;
            if (rest != flags) to.Append((byte)'|');
            to.Append(name);
            rest &= ~bits;
        }

        if (rest == 0) return;
        if (rest != flags) to.Append((byte)'|');
        to.Append("0x"u8);
        to.AppendHex(rest);
    }
}
