using System.Collections.Immutable;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>
/// An expression whose names are resolved and whose types are known. Its value may be missing; that of a <see cref="IsPredicate">predicate</see>
/// never is.
/// </summary>
/// <param name="Type">The type of its value.</param>
internal abstract record BoundExpression(ColumnType Type)
{
    /// <summary>
    /// A measure of its text in SQL: the parts of calculated fields counted where these are used, and what an engine must write twice counted
    /// twice.
    /// </summary>
    public virtual int Size => 1;

    /// <summary>Levels of operations, those of calculated fields included.</summary>
    public virtual int Depth => 1;

    /// <summary>True for conditions, which are true or false on every event.</summary>
    public virtual bool IsPredicate => false;

    /// <summary>A value; null is a missing one.</summary>
    public sealed record Constant(Value Value, ColumnType Type) : BoundExpression(Type);

    /// <summary>A column of the event, perhaps a calculated field.</summary>
    public sealed record OfColumn(BoundColumn Column) : BoundExpression(Column.Type)
    {
        public override int Size => Column.Expression?.Size ?? 1;

        public override int Depth => Column.Expression?.Depth ?? 1;

        public override bool IsPredicate => Column.Expression is { IsPredicate: true };
    }

    /// <summary>The result of a calculation; numbers are Float64.</summary>
    /// <param name="Index">Place among the query's calculations.</param>
    public sealed record OfCalculation(int Index, ColumnType Type) : BoundExpression(Type);

    /// <summary>Compares a value with constants, by the same rules as a filter.</summary>
    public sealed record Test(BoundExpression Operand, BoundTest Is) : BoundExpression(ColumnType.Bool)
    {
        public override int Size { get; } = SizeOf(Operand.Size * 2 + (Is is BoundTest.OneOf many ? many.Values.Length : 1));

        public override int Depth { get; } = Operand.Depth + 1;

        public override bool IsPredicate => true;
    }

    /// <summary>Applies a function.</summary>
    public sealed record Call(BoundFunction Function, ImmutableArray<BoundExpression> Arguments, ColumnType Type) : BoundExpression(Type)
    {
        public override int Size { get; } = SizeOf(1 + Arguments.Select((a, i) => (long)a.Size * Copies(Function, i, a)).Sum());

        // Sums and products are written as one operation after the other, everything else as one.
        public override int Depth { get; } =
            (Function is BoundFunction.Add or BoundFunction.Multiply ? Arguments.Length - 1 : 1) + Arguments.Select(a => a.Depth).DefaultIfEmpty().Max();

        public override bool IsPredicate => Function <= BoundFunction.IsMatch;

        /// <summary>How often an engine may have to write an argument.</summary>
        private static int Copies(BoundFunction function, int place, BoundExpression argument) => function switch
        {
            BoundFunction.Text => 9,
            BoundFunction.Divide or BoundFunction.Modulo => place == 1 && argument is not Constant ? 2 : 1,
            BoundFunction.Number or BoundFunction.Equal or BoundFunction.Less or BoundFunction.LessOrEqual
                or BoundFunction.Log10 or BoundFunction.RegexValue or BoundFunction.FormatTime or BoundFunction.ParseTime => 2,
            _ => 1,
        };
    }

    /// <summary>The parts that decide about a predicate that is nothing but conditions on stored columns, as a filter; null for all others.</summary>
    public BoundFilter? ToFilter()
    {
        switch (this)
        {
            case OfColumn { Column.Expression: { IsPredicate: true } inner }:
                return inner.ToFilter();
            case Test { Operand: OfColumn { Column: { Expression: null } column }, Is: var test }:
                return new BoundFilter.Condition(column, test);
            case Call { Function: BoundFunction.Exists, Arguments: [OfColumn { Column: { Expression: null } column }] }:
                return new BoundFilter.Condition(column, new BoundTest.Present());
            case Call { Function: BoundFunction.Not, Arguments: [var part] }:
                return part.ToFilter() is { } negated ? new BoundFilter.Not(negated) : null;
            case Call { Function: BoundFunction.And or BoundFunction.Or } call:
                var parts = call.Arguments.Select(a => a.ToFilter()).ToArray();
                if (parts.Contains(null)) return null;
                return call.Function == BoundFunction.And ? new BoundFilter.All([.. parts!]) : new BoundFilter.Any([.. parts!]);
            default:
                return null;
        }
    }

    private static int SizeOf(long size) => (int)Math.Min(size, int.MaxValue / 16);
}

/// <summary>The functions of bound expressions; several of the language become one of these, or a few.</summary>
internal enum BoundFunction : byte
{
    // Predicates, with whatever arguments.
    And,
    Or,
    Not,
    Exists,
    Equal,
    Less,
    LessOrEqual,
    StartsWith,
    EndsWith,
    Contains,

    /// <summary>A text and a constant regular expression.</summary>
    IsMatch,

    /// <summary>Condition, value, condition, value, and so on, and the value where no condition holds.</summary>
    If,

    /// <summary>The first value that is not missing; all are of one type.</summary>
    Coalesce,

    // Numbers, all Int64 or all Float64.
    Add,
    Subtract,
    Multiply,

    /// <summary>Of Float64; missing where the divisor is 0.</summary>
    Divide,

    /// <summary>The remainder with the sign of the dividend; missing where the divisor is 0.</summary>
    Modulo,
    Least,
    Greatest,

    /// <summary>Missing where the number is not above 0.</summary>
    Log10,

    /// <summary>The greatest multiple of the second number that is not above the first, counted from the third.</summary>
    Bucket,

    // Conversions.

    /// <summary>Any value as text.</summary>
    Text,

    /// <summary>Int64, Bool or a text that spells a finite number, as Float64.</summary>
    Number,

    /// <summary>A Float64 or Bool as Int64, without its fraction; missing where it does not fit.</summary>
    Integer,

    /// <summary>A number other than 0, or the text true or false, as Bool.</summary>
    Flag,

    // Texts.
    Lower,
    Length,
    Concat,

    /// <summary>A text, a constant regular expression, and the number of its group; missing where nothing matches.</summary>
    RegexValue,
    RegexCount,

    // Times, in seconds since 1970.
    FormatTime,
    ParseTime,
}
