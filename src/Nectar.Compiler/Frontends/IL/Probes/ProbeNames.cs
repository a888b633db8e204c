// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>The names by which the library's classes and attributes are known; the library itself is never referred to.</summary>
internal static class ProbeNames
{
    public const string Namespace = "Nectar.Probes";

    public const string Probe = "Probe";
    public const string Program = "ProgramAttribute";
    public const string ProgramKind = "ProgramKindAttribute";
    public const string ProgramContext = "ProgramContextAttribute";
    public const string MapType = "MapTypeAttribute";
    public const string MapKey = "MapKeyAttribute";
    public const string MapValue = "MapValueAttribute";
    public const string MaxEntries = "MaxEntriesAttribute";
    public const string MapFlags = "MapFlagsAttribute";
    public const string MapExtra = "MapExtraAttribute";
    public const string InnerMap = "InnerMapAttribute";
    public const string Map = "MapAttribute";
    public const string Constant = "ConstantAttribute";
    public const string License = "LicenseAttribute";
    public const string KernelType = "KernelTypeAttribute";
    public const string BitField = "BitFieldAttribute";
    public const string KernelName = "KernelNameAttribute";
    public const string Helper = "HelperAttribute";
    public const string Kfunc = "KfuncAttribute";
    public const string Intrinsic = "IntrinsicAttribute";
    public const string Subprogram = "SubprogramAttribute";
}
