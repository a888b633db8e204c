// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Metadata;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>Finds the probes of an assembly and what their attributes say.</summary>
internal sealed class ProbeFinder(DiagnosticBag diagnostics)
{
    private const string DefaultLicense = "GPL";

    /// <summary>All probes of an assembly, abstract classes left out.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="only">The full name of the one probe that is wanted; null for all.</param>
    public List<ProbeModel> FindAll(AssemblyModel assembly, string? only = null)
    {
        List<ProbeModel> probes = [];
        foreach (TypeModel type in assembly.Types)
        {
            if (type.Shape != TypeShape.Class || !type.DerivesFrom(ProbeNames.Namespace, ProbeNames.Probe) || type.IsAbstract || (only is not null && type.FullName != only)) continue;
            if (Read(type) is { } probe) probes.Add(probe);
        }

        return probes;
    }

    private ProbeModel? Read(TypeModel type)
    {
        if (type.Arguments.Length > 0)
        {
            diagnostics.Add(ProbeDiagnostics.At(type, ProbeCodes.BadProbe, $"probe '{type.DisplayName}' is generic, but a probe is one object with maps of known types",
                "help: make the generic part a struct or a class that the probe has as a field, or derive a sealed class for each type argument"));
            return null;
        }

        List<ProgramModel> programs = [];
        Dictionary<string, MethodModel> names = new(StringComparer.Ordinal);
        foreach (TypeModel level in type.Bases())
        {
            if (level.Assembly is not { IsLibrary: false }) break;
            foreach (MethodModel method in level.Methods)
            {
                foreach (AttributeModel attribute in method.Attributes)
                {
                    if (!IsProgram(attribute) || Program(method, attribute) is not { } program) continue;
                    if (!names.TryAdd(program.Name, method))
                    {
                        diagnostics.Add(ProbeDiagnostics.At(method, ProbeCodes.DuplicateName, $"two programs of '{type.DisplayName}' are named '{program.Name}'",
                            "help: rename a method, or give one of them a name: [Xdp(Name = \"other\")]"));
                        continue;
                    }

                    programs.Add(program);
                }
            }
        }

        string license = type.Attribute(ProbeNames.Namespace, ProbeNames.License)?.Text(0) ?? AttributeModel.Find(type.Assembly!.Attributes, ProbeNames.Namespace, ProbeNames.License)?.Text(0) ?? DefaultLicense;
        return new ProbeModel(type, MemberNames.Identifier(TypeNames.Identifier(type)), license, programs);
    }

    private static bool IsProgram(AttributeModel attribute) => attribute.Namespace != "System.Runtime.CompilerServices" && attribute.Type.DerivesFrom(ProbeNames.Namespace, ProbeNames.Program);

    private ProgramModel? Program(MethodModel method, AttributeModel attribute)
    {
        if (attribute.Type.Attribute(ProbeNames.Namespace, ProbeNames.ProgramKind) is not { } kind)
        {
            diagnostics.Add(ProbeDiagnostics.At(method, ProbeCodes.BadProgram, $"attribute '{attribute.Name}' of '{method.Name}' has no [ProgramKind], so nothing is known about the program"));
            return null;
        }

        string pattern = kind.Text(0) ?? "";
        if (SectionPattern.Expand(pattern, attribute, out string section) is { } problem)
        {
            diagnostics.Add(ProbeDiagnostics.At(method, ProbeCodes.BadProgram, $"attribute '{Short(attribute)}' of '{method.Name}' {problem}", "help: a program's section is made of its attribute's arguments"));
            return null;
        }

        if (!SectionNames.TryParse(section, out SectionDefinition? definition, out string? target, out _))
        {
            string start = section.Split('/')[0];
            string[] near = [.. SectionNames.All.ToArray().Select(row => row.Name).Where(name => name.StartsWith(start + "/", StringComparison.Ordinal)).Select(name => name[(start.Length + 1)..])];
            diagnostics.Add(ProbeDiagnostics.At(method, ProbeCodes.BadProgram, $"attribute '{Short(attribute)}' of '{method.Name}' stands for section '{section}', which no kind of program has",
                near.Length == 0 ? [] : [$"help: it can be {string.Join(", ", near)}"]));
            return null;
        }

        if (attribute["AutoLoad"] is false) section = "?" + section;
        string name = MemberNames.Identifier(attribute["Name"] as string ?? method.Name);
        ProgramModel program = new(method, name, section, definition, target, (ProgramParameters)kind.Number("Parameters"), kind.Number("Abort"));
        if (ProgramContexts.Problem(program) is not { } mismatch) return program;
        diagnostics.Add(ProbeDiagnostics.At(method, ProbeCodes.BadProgram, $"'{method.Name}' {mismatch}", "help: take the context of this kind of program (XdpContext, SkbContext, ...), or give the method another attribute"));
        return null;
    }

    private static string Short(AttributeModel attribute) => attribute.Name.EndsWith("Attribute", StringComparison.Ordinal) ? attribute.Name[..^"Attribute".Length] : attribute.Name;
}
