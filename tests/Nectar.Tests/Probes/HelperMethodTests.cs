// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using System.Text.RegularExpressions;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Vm;
using Nectar.Probes;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Probes;

/// <summary>Methods that stand for helpers and kernel functions, against what the verifier knows of them.</summary>
public sealed partial class HelperMethodTests
{
    private const BindingFlags All = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static IEnumerable<(MethodInfo Method, int Id)> Helpers() =>
        from type in typeof(HelperAttribute).Assembly.GetTypes()
        from method in type.GetMethods(All)
        let helper = method.GetCustomAttribute<HelperAttribute>()
        where helper is not null
        select (method, helper.Id);

    [Fact]
    public void EveryHelper_HasAMethod()
    {
        HashSet<int> known = [.. Helpers().Select(h => h.Id)];
        string[] missing = [.. Enumerable.Range(1, HelperNames.Count - 1).Where(id => !known.Contains(id)).Select(id => $"{id} {HelperNames.NameOf(id)}")];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    [Fact]
    public void EveryMethod_IsStaticAndHasThePrototypesParameters()
    {
        List<string> wrong = [];
        foreach ((MethodInfo method, int id) in Helpers())
        {
            HelperPrototype prototype = HelperPrototypes.Find(id)!;
            ParameterInfo[] parameters = method.GetParameters();
            string name = $"{method.DeclaringType!.Name}.{method.Name} ({HelperNames.NameOf(id)})";
            if (!method.IsStatic) wrong.Add($"{name} is not static");
            // trace_printk takes as many values as its format says; get_branch_snapshot reads flags that its prototype does not have.
            if (id is not (6 or 176) && parameters.Length != prototype.Parameters.Length) wrong.Add($"{name} has {parameters.Length} parameters, not {prototype.Parameters.Length}");
            for (int i = 0; i < Math.Min(parameters.Length, prototype.Parameters.Length); i++)
            {
                ParameterKind kind = prototype.Parameters[i].Kind;
                Type type = parameters[i].ParameterType;
                bool fits = kind switch
                {
                    ParameterKind.ConstMap => type == typeof(Map) || (type.IsPointer && method.Name.StartsWith("Inner", StringComparison.Ordinal)),
                    ParameterKind.Scalar or ParameterKind.Size or ParameterKind.SizeOrZero or ParameterKind.AllocationSize => type.IsPrimitive,
                    ParameterKind.Anything => type.IsPrimitive || type.IsPointer,
                    ParameterKind.Function => typeof(Delegate).IsAssignableFrom(type) || type.IsPointer,
                    _ => type.IsPointer || type.IsByRef,
                };
                if (!fits) wrong.Add($"{name}: parameter {i + 1} is {type.Name}, but the helper takes {kind}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Documentation_NamesNumberAndFirstKernel()
    {
        List<string> wrong = [];
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "src", "Nectar.Probes", "Helpers"), "Bpf*.cs"))
        {
            string text = File.ReadAllText(file);
            foreach (Match match in Documented().Matches(text))
            {
                int id = int.Parse(match.Groups["attribute"].Value);
                if (match.Groups["id"].Value != match.Groups["attribute"].Value) wrong.Add($"{Path.GetFileName(file)}: helper {id} is documented as {match.Groups["id"].Value}");
                if (match.Groups["kernel"].Value != HelperSince.Find(id).ToString()) wrong.Add($"{Path.GetFileName(file)}: helper {id} came with kernel {HelperSince.Find(id)}, not {match.Groups["kernel"].Value}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void EveryKfunc_IsKnownToTheVerifier()
    {
        string[] unknown = [.. from type in typeof(KfuncAttribute).Assembly.GetTypes()
            from method in type.GetMethods(All)
            let kfunc = method.GetCustomAttribute<KfuncAttribute>()
            where kfunc is not null && !KfuncNames().Contains(kfunc.Name)
            select kfunc.Name];
        Assert.True(unknown.Length == 0, string.Join('\n', unknown));
    }

    [Fact]
    public void EveryProgramKind_StandsForASection()
    {
        List<string> wrong = [];
        foreach (Type type in typeof(ProgramAttribute).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ProgramAttribute))))
        {
            ProgramKindAttribute kind = type.GetCustomAttribute<ProgramKindAttribute>()!;
            // Placeholders are constructor parameters or properties of the attribute.
            foreach (Match match in Placeholder().Matches(kind.Section))
            {
                string name = match.Groups[1].Value;
                if (!type.GetConstructors()[0].GetParameters().Any(p => p.Name == name) && type.GetProperty(name) is null) wrong.Add($"{type.Name} has no '{name}'");
            }

            string[] samples = kind.Section switch
            {
                "cgroup/{operation}" => ["cgroup/sock_create", "cgroup/connect4", "cgroup/getsockopt"],
                "cgroup_skb/{direction}" => ["cgroup_skb/ingress", "cgroup_skb/egress"],
                "netkit/{end}" => ["netkit/primary", "netkit/peer"],
                "sk_skb/{kind}" => ["sk_skb/stream_parser", "sk_skb/stream_verdict", "sk_skb/verdict"],
                "lwt_{hook}" => ["lwt_in", "lwt_out", "lwt_xmit", "lwt_seg6local"],
                "tc[/{Direction}]" => ["tc", "tc/ingress", "tc/egress"],
                "xdp{Frags:.frags}[/{Target}]" => ["xdp", "xdp.frags", "xdp/devmap", "xdp.frags/cpumap"],
                _ => [Expand(kind.Section, false), Expand(kind.Section, true)],
            };
            wrong.AddRange(samples.Where(s => !SectionNames.TryParse(s, out _, out _, out _)).Select(s => $"{type.Name}: no section '{s}'"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static HashSet<string> KfuncNames()
    {
        HashSet<string> names = [];
        foreach ((KfuncHooks _, KfuncPlace _, string row) in KfuncRows.All) names.UnionWith(row.Split(' ').Select(name => name.Split('/')[0]));
        return names;
    }

    private static string Expand(string pattern, bool full)
    {
        string text = Optional().Replace(pattern, full ? "$1" : "");
        text = Flag().Replace(text, full ? "$1" : "");
        return Placeholder().Replace(text, "name");
    }

    [GeneratedRegex(@"Helper (?<id>\d+), kernel (?<kernel>[\d.]+)(?:(?!\[Helper)[\s\S])*\[Helper\((?<attribute>\d+)\)\]")]
    private static partial Regex Documented();

    [GeneratedRegex(@"\{(\w+)(?::[^}]*)?\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\[([^\]]*)\]")]
    private static partial Regex Optional();

    [GeneratedRegex(@"\{\w+:([^}]*)\}")]
    private static partial Regex Flag();
}
