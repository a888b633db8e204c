// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text;

namespace Nectar.CompilerTests.Generation;

/// <summary>Generated methods as .NET runs them: what the other machines are compared with.</summary>
internal sealed class ManagedRun(string assembly)
{
    private readonly Assembly _assembly = new AssemblyLoadContext(null).LoadFromAssemblyPath(assembly);

    /// <summary>Runs a method over packets; an exception is the abort exit, which leaves the packet as it is.</summary>
    internal MachineOutcome Run(GeneratedMethod method, byte[][] packets)
    {
        object probe = Activator.CreateInstance(_assembly.GetType(method.Class, throwOnError: true)!)!;
        MethodInfo body = probe.GetType().GetMethod(method.Method, BindingFlags.Instance | BindingFlags.NonPublic)!;
        Type input = body.GetParameters()[0].ParameterType.GetElementType()!;
        List<RunOutcome> runs = [];
        foreach (byte[] packet in packets)
        {
            object[] arguments = [Boxed(input, packet)];
            byte[] after = (byte[])packet.Clone();
            try
            {
                ulong result = (ulong)body.Invoke(probe, arguments)!;
                MemoryMarshal.Write(after.AsSpan(GeneratedProbes.PacketSize - 8), result);
                runs.Add(new RunOutcome((uint)Nectar.Probes.XdpAction.Tx, after));
            }
            catch (TargetInvocationException problem) when (problem.InnerException is OverflowException or DivideByZeroException or IndexOutOfRangeException or InvalidOperationException)
            {
                runs.Add(new RunOutcome((uint)Nectar.Probes.XdpAction.Aborted, after));
            }
        }

        return new MachineOutcome("CLR", runs, Contents(probe));
    }

    private static object Boxed(Type type, byte[] packet)
    {
        object boxed = Activator.CreateInstance(type)!;
        GCHandle pin = GCHandle.Alloc(boxed, GCHandleType.Pinned);
        Marshal.Copy(packet, 0, pin.AddrOfPinnedObject(), packet.Length);
        pin.Free();
        return boxed;
    }

    private static string Contents(object probe)
    {
        StringBuilder text = new();
        foreach (string name in new[] { "State", "Table" })
        {
            BpfMap map = ((Nectar.Probes.Map)probe.GetType().GetField(name)!.GetValue(probe)!).Live;
            byte[] value = new byte[8];
            text.Append(name).Append(':');
            for (int key = 0; key < (int)Math.Min(map.Definition.MaxEntries, 16u); key++)
            {
                if (map.Lookup(BitConverter.GetBytes(key), value) == Errno.None) text.Append(' ').Append(key).Append('=').Append(Convert.ToHexString(value));
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
