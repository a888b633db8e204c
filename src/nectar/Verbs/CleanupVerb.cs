// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Linux.Cleanup;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar cleanup</c>: what killed processes left in the kernel.</summary>
internal static class CleanupVerb
{
    internal static Command Create()
    {
        Option<bool> dry = new("--dry-run", "-n") { Description = "Only list what there is" };
        Option<bool> json = new("--json", "-j") { Description = "Print the result as JSON" };
        Command command = new("cleanup", "Find and remove what killed nectar processes left in the kernel: probe events, tc filters, XDP programs, struct_ops") { dry, json };
        command.SetAction(result =>
        {
            bool isDry = result.GetValue(dry), failed = false;
            IReadOnlyList<Leftover> found = Leftovers.Find();
            VerbOutput output = new(result.InvocationConfiguration.Output, result.GetValue(json));
            List<(Leftover Leftover, bool Removed)> done = [.. found.Select(leftover => (leftover, !isDry && leftover.Remove()))];
            output.List(done, (item, text) =>
            {
                text.WriteLine($"{(isDry ? "found" : item.Removed ? "removed" : "could not remove")} {item.Leftover}");
            }, (item, writer) =>
            {
                writer.WriteString("kind", item.Leftover.Kind.ToString());
                writer.WriteNumber("pid", item.Leftover.ProcessId);
                writer.WriteString("description", item.Leftover.Description);
                writer.WriteBoolean("removed", item.Removed);
            });
            failed = !isDry && done.Any(item => !item.Removed);
            if (found.Count == 0 && !output.IsJson) output.Text.WriteLine("nothing was left behind");
            return failed ? 1 : 0;
        });
        return command.WithExamples(("nectar cleanup --dry-run", "what there is"), ("nectar cleanup", "remove it"));
    }
}
