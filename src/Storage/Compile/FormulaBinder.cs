using System.Collections.Immutable;
using System.Globalization;
using Storage.Events;
using Storage.Queries;

namespace Storage.Compile;

/// <summary>Binds formulas: their names are those of result columns, formulas before them included.</summary>
internal sealed class FormulaBinder(Query query, ColumnBinder columns, ImmutableArray<BoundCalculation> calculations, BoundColumn? weight)
{
    private readonly Dictionary<string, BoundExpression?> _before = new(StringComparer.Ordinal);

    public ImmutableArray<BoundFormula> Bind() => [.. query.Formulas.Select(Bind).OfType<BoundFormula>()];

    private BoundFormula? Bind(Formula formula, int index)
    {
        ExpressionScope? scope = null;
        scope = new ExpressionScope(string.Create(CultureInfo.InvariantCulture, $"formulas[{index}].expression"), columns, name => Find(name, scope!), IsOfEvents: false);
        var expression = scope.Bind(formula.Expression);
        _before[formula.Name] = expression;
        return expression is null ? null : new BoundFormula(formula.Name, expression);
    }

    private BoundExpression? Find(Expression.Name name, ExpressionScope scope)
    {
        for (var i = 0; i < calculations.Length; i++)
        {
            if (calculations[i].Name != name.Text) continue;
            var type = calculations[i].TypeWith(weight);
            return new BoundExpression.OfCalculation(i, type.IsNumeric() ? ColumnType.Float64 : type);
        }

        // A formula that is at fault itself has said so.
        if (_before.TryGetValue(name.Text, out var formula)) return formula;
        var shown = QueryText.FormatReference(name.Text);
        if (query.Calculations.Any(c => c.Op == CalculationOp.Heatmap && c.ResultName == name.Text)) scope.Fail(name, $"{shown} is a HEATMAP, which has no single value");
        else if (query.Formulas.Any(f => f.Name == name.Text)) scope.Fail(name, $"{shown} is this formula or one behind it; a formula uses those before it");
        else if (query.Breakdowns.Contains(name.Text)) scope.Fail(name, $"{shown} is a breakdown; a formula works on calculations");
        else scope.Fail(name, $"the query has no calculation {shown}", NearestNames.To(name.Text, calculations.Select(c => c.Name).Concat(_before.Keys)));
        return null;
    }
}
