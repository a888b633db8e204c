// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>
/// Questions about the running kernel that are answered when the program is loaded; the branch that cannot be taken is then dropped. On
/// the CLR the answers are those of the C# declarations.
/// </summary>
public static unsafe class Core
{
    /// <summary>True if the kernel's struct has the field: <c>Core.FieldExists(task->prev_cputime)</c>. The field itself is not read.</summary>
    [Intrinsic("core.field_exists")]
    public static bool FieldExists<T>(in T field)
        where T : unmanaged => true;

    /// <summary>True if the kernel's struct has the field, given its address (for fields that are pointers): <c>Core.FieldExists(&amp;task->mm)</c>.</summary>
    [Intrinsic("core.field_exists")]
    public static bool FieldExists(void* field) => true;

    /// <summary>The field's size in bytes in the kernel.</summary>
    [Intrinsic("core.field_size")]
    public static uint FieldSize<T>(in T field)
        where T : unmanaged => (uint)sizeof(T);

    /// <summary>True if the kernel has the type.</summary>
    [Intrinsic("core.type_exists")]
    public static bool TypeExists<T>()
        where T : unmanaged => true;

    /// <summary>The type's size in bytes in the kernel; 0 if it has no such type.</summary>
    [Intrinsic("core.type_size")]
    public static uint SizeOf<T>()
        where T : unmanaged => (uint)sizeof(T);

    /// <summary>True if the kernel's enum has the constant.</summary>
    [Intrinsic("core.enum_value_exists")]
    public static bool EnumValueExists<T>(T value)
        where T : unmanaged, Enum => true;

    /// <summary>The constant's number in the kernel; 0 if it has none.</summary>
    [Intrinsic("core.enum_value")]
    public static ulong EnumValue<T>(T value)
        where T : unmanaged, Enum => Convert.ToUInt64(value, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>True if the kernel has the function; its method must be declared <see cref="KfuncAttribute.Weak"/>.</summary>
    /// <param name="name">The kernel's name, a constant.</param>
    [Intrinsic("core.kfunc_exists")]
    public static bool KfuncExists(string name) => true;
}
