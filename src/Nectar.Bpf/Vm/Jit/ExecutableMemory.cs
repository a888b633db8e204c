// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.MemoryMappedFiles;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Pages that hold machine code. A chunk is an anonymous mapping with one view that may be executed and never written. Code
/// is installed through a second view of just its pages, which may be written, is never executed, and is gone before the code
/// runs; so no address is ever writable and executable.
/// </summary>
internal static unsafe class ExecutableMemory
{
    private const int PageSize = 4096;
    private const int ChunkSize = 1 << 20;

    private static readonly Lock s_lock = new();
    private static readonly List<Chunk> s_chunks = [];

    /// <summary>Copies code into executable pages.</summary>
    /// <exception cref="IOException">The host gives no executable memory.</exception>
    internal static ExecutableRange Install(ReadOnlySpan<byte> code)
    {
        int pages = (code.Length + PageSize - 1) / PageSize;
        (Chunk chunk, int first) = Allocate(pages);
        using (MemoryMappedViewAccessor writable = chunk.File.CreateViewAccessor((long)first * PageSize, code.Length, MemoryMappedFileAccess.ReadWrite))
        {
            byte* target = null;
            writable.SafeMemoryMappedViewHandle.AcquirePointer(ref target);
            code.CopyTo(new Span<byte>(target + writable.PointerOffset, code.Length));
            writable.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        return new ExecutableRange(chunk, first, pages, chunk.Code + ((nint)first * PageSize), code.Length);
    }

    internal static void Release(ExecutableRange range)
    {
        lock (s_lock)
        {
            Chunk chunk = (Chunk)range.Chunk;
            for (int i = 0; i < range.PageCount; i++) chunk.Used[range.FirstPage + i] = false;
            chunk.UsedCount -= range.PageCount;
            chunk.Hint = Math.Min(chunk.Hint, range.FirstPage);

            // One empty chunk of the usual size stays for the next program.
            if (chunk.UsedCount == 0 && (chunk.Used.Length * PageSize > ChunkSize || s_chunks.Exists(c => c != chunk && c.UsedCount == 0)))
            {
                s_chunks.Remove(chunk);
                chunk.Dispose();
            }
        }
    }

    private static (Chunk Chunk, int First) Allocate(int pages)
    {
        lock (s_lock)
        {
            foreach (Chunk chunk in s_chunks)
            {
                int first = chunk.Find(pages);
                if (first >= 0) return (chunk, chunk.Take(first, pages));
            }

            Chunk added = new(Math.Max(ChunkSize, pages * PageSize));
            s_chunks.Add(added);
            return (added, added.Take(0, pages));
        }
    }

    private sealed class Chunk : IDisposable
    {
        private readonly MemoryMappedViewAccessor _executable;

        internal Chunk(int size)
        {
            File = MemoryMappedFile.CreateNew(null, size, MemoryMappedFileAccess.ReadWriteExecute);
            _executable = File.CreateViewAccessor(0, size, MemoryMappedFileAccess.ReadExecute);
            byte* code = null;
            _executable.SafeMemoryMappedViewHandle.AcquirePointer(ref code);
            Code = (nint)code;
            Used = new bool[size / PageSize];
        }

        internal MemoryMappedFile File { get; }

        internal nint Code { get; }

        internal bool[] Used { get; }

        internal int UsedCount { get; set; }

        /// <summary>No page before this one is free.</summary>
        internal int Hint { get; set; }

        internal int Find(int pages)
        {
            int run = 0;
            for (int i = Hint; i < Used.Length; i++)
            {
                run = Used[i] ? 0 : run + 1;
                if (run == pages) return i - pages + 1;
            }

            return -1;
        }

        internal int Take(int first, int pages)
        {
            for (int i = 0; i < pages; i++) Used[first + i] = true;
            UsedCount += pages;
            if (first == Hint) Hint = first + pages;
            return first;
        }

        public void Dispose()
        {
            _executable.SafeMemoryMappedViewHandle.ReleasePointer();
            _executable.Dispose();
            File.Dispose();
        }
    }
}

/// <summary>Machine code in executable pages; freed by <see cref="ExecutableMemory.Release"/>.</summary>
internal sealed record ExecutableRange(object Chunk, int FirstPage, int PageCount, nint Address, int Length);
