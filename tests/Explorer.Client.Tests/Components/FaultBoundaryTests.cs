using Explorer.Client.Components;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Explorer.Client.Tests.Components;

/// <summary>What a page does with a fault that nobody foresaw.</summary>
public sealed class FaultBoundaryTests : IErrorBoundaryLogger
{
    private Exception? _logged;

    public ValueTask LogErrorAsync(Exception exception)
    {
        _logged = exception;
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_fault_is_said_in_the_place_of_what_met_it_and_logged_and_the_next_view_is_tried()
    {
        using var loggers = LoggerFactory.Create(_ => { });
        await using var services = new ServiceCollection().AddSingleton<IErrorBoundaryLogger>(this).AddSingleton(loggers).BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, loggers);
        await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<Page>();
            page.ToHtmlString().ShouldContain("events 1");

            await Page.Current!.ShowAsync(new Faulty("secret"));
            var html = page.ToHtmlString();
            html.ShouldContain("around it");
            html.ShouldContain("not foreseen");
            html.ShouldContain(nameof(NotImplementedException));
            html.ShouldNotContain("secret", Case.Sensitive, "what a fault says may be a value of somebody's events");
            _logged.ShouldBeOfType<NotImplementedException>();

            await Page.Current.ShowAsync("events 2");
            page.ToHtmlString().ShouldContain("events 2");
        });
    }

    private sealed record Faulty(string Message);

    /// <summary>Something around a boundary around something that may fail.</summary>
    private sealed class Page : ComponentBase
    {
        private object _shown = "events 1";

        public static Page? Current { get; private set; }

        public Task ShowAsync(object shown)
        {
            _shown = shown;
            StateHasChanged();
            return Task.CompletedTask;
        }

        protected override void OnInitialized() => Current = this;

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.AddContent(0, "around it");
            builder.OpenComponent<FaultBoundary>(1);
            builder.AddComponentParameter(2, nameof(FaultBoundary.Shown), _shown);
            builder.AddComponentParameter(3, nameof(FaultBoundary.ChildContent), (RenderFragment)(inner =>
            {
                inner.OpenComponent<View>(0);
                inner.AddComponentParameter(1, nameof(View.Shown), _shown);
                inner.CloseComponent();
            }));
            builder.CloseComponent();
        }
    }

    private sealed class View : ComponentBase
    {
        [Parameter] public object Shown { get; set; } = "";

        protected override void BuildRenderTree(RenderTreeBuilder builder) =>
            builder.AddContent(0, Shown is Faulty faulty ? throw new NotImplementedException(faulty.Message) : Shown);
    }
}
