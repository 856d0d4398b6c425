using Explorer.Server.Otlp.Messages;

namespace Explorer.Server.Otlp.Decoding;

/// <summary>Resources, scopes and attributes from OTLP/JSON.</summary>
internal static class CommonJson
{
    public static Resource ReadResource(ref JsonCursor json)
    {
        var resource = new Resource();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "attributes": json.Repeated(resource.Attributes, ReadKeyValue); break;
                case "droppedAttributesCount": resource.DroppedAttributesCount = json.UInt32(); break;
                default: json.Skip(); break;
            }
        }

        return resource;
    }

    public static InstrumentationScope ReadScope(ref JsonCursor json)
    {
        var scope = new InstrumentationScope();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "name": scope.Name = json.Text(); break;
                case "version": scope.Version = json.Text(); break;
                case "attributes": json.Repeated(scope.Attributes, ReadKeyValue); break;
                case "droppedAttributesCount": scope.DroppedAttributesCount = json.UInt32(); break;
                default: json.Skip(); break;
            }
        }

        return scope;
    }

    public static KeyValue ReadKeyValue(ref JsonCursor json)
    {
        var attribute = new KeyValue();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "key": attribute.Key = json.Text(); break;
                case "value": attribute.Value = ReadAnyValue(ref json); break;
                default: json.Skip(); break;
            }
        }

        return attribute;
    }

    public static AnyValue ReadAnyValue(ref JsonCursor json)
    {
        var value = new AnyValue();
        json.Enter();
        while (json.NextField())
        {
            switch (json.Field)
            {
                case "stringValue": value.StringValue = json.Text(); break;
                case "boolValue": value.BoolValue = json.Bool(); break;
                case "intValue": value.IntValue = json.Int64(); break;
                case "doubleValue": value.DoubleValue = json.Double(); break;
                case "bytesValue": value.BytesValue = json.Bytes(); break;
                case "arrayValue": value.ArrayValue = ReadArray(ref json); break;
                case "kvlistValue": value.KvlistValue = ReadList(ref json); break;
                default: json.Skip(); break;
            }
        }

        return value;
    }

    /// <summary>Unlike elsewhere a null keeps its place, as a value without content.</summary>
    private static ArrayValue ReadArray(ref JsonCursor json)
    {
        var array = new ArrayValue();
        json.Enter();
        while (json.NextField())
        {
            if (json.Field is not "values")
            {
                json.Skip();
                continue;
            }

            json.EnterArray();
            while (json.NextItem()) array.Values.Add(json.IsNull ? new AnyValue() : ReadAnyValue(ref json));
        }

        return array;
    }

    private static KeyValueList ReadList(ref JsonCursor json)
    {
        var list = new KeyValueList();
        json.Enter();
        while (json.NextField())
        {
            if (json.Field is "values") json.Repeated(list.Values, ReadKeyValue);
            else json.Skip();
        }

        return list;
    }
}
