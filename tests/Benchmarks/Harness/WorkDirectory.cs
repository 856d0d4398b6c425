namespace Benchmarks.Harness;

/// <summary>A directory for one run; removed afterwards unless <c>--keep</c> is given.</summary>
internal sealed class WorkDirectory : IDisposable
{
    private readonly string _root;
    private readonly bool _keep;

    public WorkDirectory(Arguments arguments, string name)
    {
        _keep = arguments.Has("keep");
        _root = System.IO.Path.Combine(arguments.Directory, name);
        if (Directory.Exists(_root)) Directory.Delete(_root, recursive: true);
        Directory.CreateDirectory(_root);
    }

    public string Path(params string[] parts) => System.IO.Path.Combine([_root, .. parts]);

    /// <summary>An empty directory in it.</summary>
    public string Fresh(string name)
    {
        var path = Path(name);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        Directory.CreateDirectory(path);
        return path;
    }

    public void Dispose()
    {
        if (!_keep) Directory.Delete(_root, recursive: true);
    }
}
