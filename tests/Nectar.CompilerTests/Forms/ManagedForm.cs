// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using System.Runtime.Loader;

namespace Nectar.CompilerTests.Forms;

/// <summary>Forms as .NET runs them.</summary>
internal static class ManagedForm
{
    /// <summary>Runs a form over packets; an exception is the abort exit, which leaves the packet as it is.</summary>
    internal static MachineOutcome Run(string form, byte[][] packets)
    {
        // Static fields are fresh each time.
        AssemblyLoadContext context = new(null, isCollectible: true);
        Type type = context.LoadFromAssemblyPath(FormAssembly.Optimized).GetType(FormAssembly.Class(form), throwOnError: true)!;
        object probe = Activator.CreateInstance(type)!;
        MethodInfo method = type.GetMethod("Form", BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public)!;
        List<RunOutcome> runs = [];
        foreach (byte[] packet in packets)
        {
            byte[] after = (byte[])packet.Clone();
            try
            {
                object result = method.Invoke(probe, [BitConverter.ToUInt64(packet), BitConverter.ToUInt64(packet, 8)])!;
                BitConverter.TryWriteBytes(after.AsSpan(16), result is long signed ? (ulong)signed : (ulong)result);
                runs.Add(new RunOutcome((uint)Nectar.Probes.XdpAction.Tx, after));
            }
            catch (TargetInvocationException problem) when (problem.InnerException is OverflowException or DivideByZeroException or IndexOutOfRangeException or ArgumentException)
            {
                runs.Add(new RunOutcome((uint)Nectar.Probes.XdpAction.Aborted, after));
            }
        }

        context.Unload();
        return new MachineOutcome("CLR", runs, "");
    }
}
