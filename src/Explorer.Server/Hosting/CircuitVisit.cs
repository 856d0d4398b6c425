using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Explorer.Server.Hosting;

/// <summary>
/// A visit to a page by its circuit, without a browser: everything that is drawn is acknowledged, and every script answers at once. It takes the server the same way as a
/// person's visit, so that what the runtime does once on that way is done.
/// </summary>
/// <param name="page">The page's address.</param>
internal sealed partial class CircuitVisit(Uri page)
{
    /// <summary>Bytes of one message at most: an answer's table is a tenth of it.</summary>
    private const int MaxMessageBytes = 8 << 20;

    /// <summary>The call by which the page has its charts drawn.</summary>
    private const string Draw = "draw";

    private const string Handshake = "{\"protocol\":\"blazorpack\",\"version\":1}\u001e";

    /// <summary>What a call is answered with that wants an object of the browser.</summary>
    private const int ObjectWanted = 1;

    private readonly ClientWebSocket _socket = new();
    private byte[] _received = [];
    private int _objects;

    /// <summary>Visits the page, and stays until its charts are drawn.</summary>
    /// <param name="html">The page's document.</param>
    /// <param name="cancellationToken">Ends the visit.</param>
    /// <exception cref="FormatException">What came is not understood.</exception>
    public async Task StayAsync(string html, CancellationToken cancellationToken)
    {
        using (_socket)
        {
            await _socket.ConnectAsync(new UriBuilder(new Uri(page, "/_blazor")) { Scheme = Uri.UriSchemeWs }.Uri, cancellationToken);
            await _socket.SendAsync(Encoding.UTF8.GetBytes(Handshake), WebSocketMessageType.Binary, true, cancellationToken);
            await ReceiveAsync(cancellationToken);
            _received = _received[(_received.AsSpan().IndexOf((byte)'\u001e') + 1)..];
            var state = ComponentState().Match(html).Groups[1].Value;
            await SendAsync(BlazorPack.Write("StartCircuit", "0", new Uri(page, "/").AbsoluteUri, page.AbsoluteUri, "[]", state), cancellationToken);
            var markers = Marker().Matches(html).Select((m, i) => $$"""{"type":"add","ssrComponentId":{{(i + 1).ToString(CultureInfo.InvariantCulture)}},"marker":{{m.Groups[1].Value}}}""");
            await SendAsync(BlazorPack.Write("UpdateRootComponents", null, $$"""{"batchId":1,"operations":[{{string.Join(',', markers)}}]}""", ""), cancellationToken);
            while (!await AnswerAsync(cancellationToken)) await ReceiveAsync(cancellationToken);
            await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
    }

    /// <summary>Answers all calls that have come whole; true when the charts are drawn.</summary>
    private async Task<bool> AnswerAsync(CancellationToken cancellationToken)
    {
        foreach (var (method, arguments) in Calls())
        {
            switch (method, arguments)
            {
                case ("JS.RenderBatch", [long batch, ..]):
                    await SendAsync(BlazorPack.Write("OnRenderCompleted", null, batch, null), cancellationToken);
                    break;
                case ("JS.BeginInvokeJS", [long call, string function, _, long wanted, ..]):
                    var answer = wanted == ObjectWanted ? $$"""{"__jsObjectId":{{(++_objects).ToString(CultureInfo.InvariantCulture)}}}"""
                        : function == "explorer.start" ? """{"timeZone":"UTC","showLocal":false,"columns":""}"""
                        : "null";
                    await SendAsync(BlazorPack.Write("EndInvokeJSFromDotNet", null, call, true, $"[{call.ToString(CultureInfo.InvariantCulture)},true,{answer}]"), cancellationToken);
                    if (function == Draw) return true;
                    break;
                case ("JS.Error", _):
                    throw new FormatException("the circuit has failed");
            }
        }

        return false;
    }

    private List<(string? Method, object?[] Arguments)> Calls()
    {
        ReadOnlySpan<byte> rest = _received;
        var calls = new List<(string?, object?[])>();
        while (BlazorPack.TryRead(ref rest, out var method, out var arguments)) calls.Add((method, arguments));
        _received = rest.ToArray();
        return calls;
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 << 10];
        ValueWebSocketReceiveResult result;
        do
        {
            result = await _socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close) throw new FormatException("the circuit was closed");
            _received = [.. _received, .. buffer.AsSpan(0, result.Count)];
            if (_received.Length > MaxMessageBytes) throw new FormatException("a message is too long");
        }
        while (!result.EndOfMessage);
    }

    private async Task SendAsync(byte[] message, CancellationToken cancellationToken) =>
        await _socket.SendAsync(message, WebSocketMessageType.Binary, true, cancellationToken);

    [GeneratedRegex("<!--Blazor:(\\{.*?\\})-->", RegexOptions.Singleline, 1000)]
    private static partial Regex Marker();

    [GeneratedRegex("<!--Blazor-Server-Component-State:(.*?)-->", RegexOptions.Singleline, 1000)]
    private static partial Regex ComponentState();
}
