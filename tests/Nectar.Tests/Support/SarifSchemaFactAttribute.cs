// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Xunit;

namespace Nectar.Tests.Support;

/// <summary>A test that validates against the schema of SARIF 2.1.0; skipped, with the reason, where schema or validator are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SarifSchemaFactAttribute : FactAttribute
{
    public SarifSchemaFactAttribute()
    {
        if (!File.Exists(Schema)) Skip = "no artifacts/sarif/sarif-2.1.0.json (eng/install-test-packages gets it)";
        else if (TestEnvironment.FindTool("python3") is null) Skip = "'python3' is not installed";
        else if (TestEnvironment.Run("python3", "-c", "import jsonschema").ExitCode != 0) Skip = "python3 has no module jsonschema (python3-jsonschema)";
    }

    internal static string Schema => Path.Combine(Repository.Root, "artifacts", "sarif", "sarif-2.1.0.json");
}
