// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Elf;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>uprobe and uretprobe.</summary>
internal static class UserFunctionProbes
{
    public static void Resolve(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        AttachOptions options = resolver.Options;
        if (point.Target.Length == 0)
        {
            resolver.Error($"{ProbeProviders.NameOf(point.Kind)} should have a target");
            return;
        }

        if (point.Function.Length == 0 && point.Address is null && point.SourceFile.Length == 0)
        {
            resolver.Error($"{ProbeProviders.NameOf(point.Kind)} should be attached to a function, address, or source file and line (using DWARF)");
            return;
        }

        List<string> files = point.Target == "*" && options.ProcessId != 0 ? UserFiles.MappedBy(options.ProcessId) : UserFiles.Resolve(point.Target, options.ProcessId, options.IsUnsafe);
        if (files.Count == 0)
        {
            resolver.Error($"uprobe target file '{point.Target}' does not exist or is not executable");
            return;
        }

        bool isPattern = Wildcard.Is(point.Target) || Wildcard.Is(point.Function) || point.Language.Length > 0;
        if (!Wildcard.Is(point.Target) && files.Count > 1)
        {
            resolver.Reporter.Warning($"attaching to uprobe target file '{files[0]}' but matched {files.Count} binaries");
            files.RemoveRange(1, files.Count - 1);
        }

        int found = 0;
        foreach (string file in files) found += InFile(resolver, file);
        if (found == 0 && !isPattern && !resolver.Reporter.HasErrors) resolver.Missing(Nearest(files[0], point.Function));
    }

    /// <summary>Adds what fits in one file; how many that is.</summary>
    private static int InFile(ProbeResolver resolver, string file)
    {
        ParsedPoint point = resolver.Point with { Target = file };
        if (point.SourceFile.Length > 0) return SourceLine(resolver, point);
        if (point.Address is { } address) return AtAddress(resolver, point, address);
        int count = 0;
        HashSet<ulong> places = [];
        foreach (ElfSymbol symbol in UserSymbols.Match(file, point))
        {
            if (!Place(resolver, point, symbol, out ulong place) || !places.Add(place)) continue;
            Add(resolver, point with { Function = Wildcard.Is(point.Function) || point.Language.Length > 0 ? symbol.Name : point.Function }, symbol.Address + point.Offset, place, symbol.Name);
            count++;
        }

        return count;
    }

    /// <summary>Where in the file the probe goes; false after an error.</summary>
    private static bool Place(ProbeResolver resolver, ParsedPoint point, ElfSymbol symbol, out ulong place)
    {
        place = (symbol.FileOffset ?? 0) + point.Offset;
        if (symbol.FileOffset is null) return false;
        if (symbol.Size == 0 && point.Offset == 0 && !Wildcard.Is(point.Function))
        {
            if (resolver.Options.IsUnsafe) return true;
            resolver.Reporter.ErrorElsewhere($"Could not determine boundary for {symbol.Name} (symbol has size 0).", UserSymbols.UnsafeHelp);
            return false;
        }

        if (point.Offset == 0 || point.Offset < symbol.Size) return true;
        resolver.Reporter.ErrorElsewhere($"Offset outside the function bounds ('{symbol.Name}' size is {symbol.Size})");
        return false;
    }

    private static int AtAddress(ProbeResolver resolver, ParsedPoint point, ulong address)
    {
        if (!ElfImage.TryOpen(point.Target, out ElfImage? image, out _))
        {
            // Code of no known format, such as what a JIT keeps: the number is the place in the file.
            Add(resolver, point, address, address, "");
            return 1;
        }

        using (image)
        {
            if (UserSymbols.Read(point.Target).TryFind(address, out ElfSymbol symbol, out ulong offset) && image.TryFileOffset(address, out ulong place))
            {
                if (point.Kind == ProbeKind.Uretprobe && offset != 0) resolver.Reporter.ErrorElsewhere($"uretprobes cannot be attached at function offset. (address resolved to: {symbol.Name}+{offset})");
                else Add(resolver, point, address, place, symbol.Name);
                return 1;
            }

            if (!resolver.Options.IsUnsafe)
            {
                resolver.Reporter.ErrorElsewhere($"Could not resolve address: {point.Target}:0x{address:x}");
                return 0;
            }

            resolver.Reporter.Warning($"Could not determine instruction boundary for {point.Name} (binary appears stripped). Misaligned probes can lead to tracee crashes!");
            Add(resolver, point, address, image.TryFileOffset(address, out place) ? place : address, "");
            return 1;
        }
    }

    private static int SourceLine(ProbeResolver resolver, ParsedPoint point)
    {
        if (UserSymbols.FindLine(resolver, point) is not { } address) return 0;
        using ElfImage image = ElfImage.Open(point.Target);
        if (!image.TryFileOffset(address, out ulong place)) return 0;
        string function = UserSymbols.Read(point.Target).TryFind(address, out ElfSymbol symbol, out _) ? symbol.Name : "";
        Add(resolver, point with { Address = address }, address, place, function);
        return 1;
    }

    private static void Add(ProbeResolver resolver, ParsedPoint point, ulong address, ulong place, string function) => resolver.Add(new ProbeTarget(point.Kind)
    {
        Name = point.Name,
        Group = point.Target,
        Path = point.Target,
        Function = point.Function.Length > 0 ? point.Function : function,
        Offset = point.Offset,
        Address = address,
        FileOffset = place,
        Arguments = () => DwarfArguments.Read(point.Target, function, resolver.Options)?.Arguments,
        Result = () => DwarfArguments.Read(point.Target, function, resolver.Options)?.Result,
    });

    private static string[] Nearest(string file, string function) => function.Length == 0 ? [] : UserSymbols.Read(file).Nearest(function).Notes;
}
