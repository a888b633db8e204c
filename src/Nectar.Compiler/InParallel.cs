// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler;

/// <summary>Does independent pieces of work on several processors, with threads that end with it: the pool's take longer to come than most work lasts.</summary>
internal static class InParallel
{
    private const int MostWorkers = 8;

    /// <summary>Compilation is recursive in few places and never deep.</summary>
    private const int StackSize = 1 << 20;

    /// <summary>Calls <paramref name="work"/> with 0 to <paramref name="count"/> - 1, each once, in any order.</summary>
    /// <exception cref="Exception">What the piece with the lowest number threw that threw.</exception>
    public static void Run(int count, int workers, Action<int> work)
    {
        if (workers <= 1)
        {
            for (int i = 0; i < count; i++) work(i);
            return;
        }

        int next = -1;
        Exception?[] failures = new Exception?[count];
        Thread[] threads = new Thread[Math.Min(Math.Min(workers, MostWorkers), count) - 1];
        for (int i = 0; i < threads.Length; i++) (threads[i] = new Thread(Take, StackSize) { IsBackground = true }).Start();
        Take();
        foreach (Thread thread in threads) thread.Join();
        if (Array.Find(failures, failure => failure is not null) is { } first) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);

        void Take()
        {
            for (int i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                try
                {
                    work(i);
                }
                catch (Exception problem)
                {
                    failures[i] = problem;
                }
            }
        }
    }
}
