# Build: the .NET SDK, with Node.js for the libraries that the build takes from npm.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
COPY --from=node:22-bookworm-slim /usr/local/bin/node /usr/local/bin/node
COPY --from=node:22-bookworm-slim /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /source
COPY . .
RUN dotnet publish src/Explorer.Server -c Release -o /app

# Run: the ASP.NET runtime and nothing else.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
RUN mkdir /data && chown "$APP_UID" /data
USER $APP_UID
ENV EXPLORER__BIND=0.0.0.0 \
    EXPLORER__DATA=/data
VOLUME /data
EXPOSE 8080 4317 4318
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["dotnet", "explorer.dll", "--healthcheck"]
ENTRYPOINT ["dotnet", "explorer.dll"]
