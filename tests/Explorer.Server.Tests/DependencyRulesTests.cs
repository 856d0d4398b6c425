using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Explorer.Server.Tests;

/// <summary>Who may see whom, read from the metadata of what was built.</summary>
public sealed class DependencyRulesTests
{
    [Theory]
    [InlineData("Storage", "Microsoft.AspNetCore", "Google.Protobuf", "Radzen", "Microsoft.JSInterop", "Microsoft.Extensions.DependencyInjection,", "Analysis", "Explorer.Client", "explorer")]
    [InlineData("Analysis", "Microsoft.AspNetCore", "Google.Protobuf", "Radzen", "System.Net", "Explorer.Client", "explorer")]
    [InlineData("Explorer.Client", "Google.Protobuf", "explorer,")]
    public void An_assembly_references_nothing_that_it_must_not_see(string assembly, params string[] forbidden)
    {
        using var module = Module.Open(assembly);
        var references = module.AssemblyReferences().Select(r => r + ",").ToArray();

        references.ShouldContain(r => r.StartsWith("System.Runtime,", StringComparison.Ordinal));
        foreach (var prefix in forbidden) references.ShouldNotContain(r => r.StartsWith(prefix, StringComparison.Ordinal), $"{assembly} must not see {prefix}");
    }

    [Theory]
    [InlineData("Analysis", "Storage.DuckDb")]
    [InlineData("Analysis", "Storage.Compile")]
    [InlineData("Explorer.Client", "Storage.DuckDb")]
    [InlineData("Explorer.Client", "Storage.Compile")]
    [InlineData("explorer", "Storage.DuckDb")]
    [InlineData("explorer", "Storage.Compile")]
    public void An_assembly_uses_no_type_of_the_engine(string assembly, string space)
    {
        using var module = Module.Open(assembly);

        module.ReferencedTypes().ShouldNotContain(t => t == space || t.StartsWith(space + ".", StringComparison.Ordinal));
    }

    [Fact]
    public void The_ui_never_sees_a_request_of_http()
    {
        using var module = Module.Open("Explorer.Client");

        module.ReferencedTypes().ShouldNotContain(t => t.StartsWith("Microsoft.AspNetCore.Http.", StringComparison.Ordinal));
        module.ReferencedTypes().ShouldNotContain(t => t.StartsWith("Opentelemetry.", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void The_engine_is_internal() =>
        typeof(Storage.IEventStore).Assembly.GetTypes()
            .Where(t => t.Namespace is { } space && space.StartsWith("Storage.DuckDb", StringComparison.Ordinal))
            .ShouldAllBe(t => !t.IsVisible);

    private sealed class Module : IDisposable
    {
        private readonly PEReader _file;
        private readonly MetadataReader _metadata;

        private Module(string path)
        {
            _file = new PEReader(File.OpenRead(path));
            _metadata = _file.GetMetadataReader();
        }

        public static Module Open(string assembly) => new(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));

        public IEnumerable<string> AssemblyReferences() =>
            _metadata.AssemblyReferences.Select(h => _metadata.GetString(_metadata.GetAssemblyReference(h).Name));

        public string[] ReferencedTypes() => [.. _metadata.TypeReferences.Select(h =>
        {
            var type = _metadata.GetTypeReference(h);
            return _metadata.GetString(type.Namespace) + "." + _metadata.GetString(type.Name);
        })];

        public void Dispose() => _file.Dispose();
    }
}
