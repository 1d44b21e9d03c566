module vultr-user-api-key

go 1.25

require (
	example.com/pulumi-vultr-user-api-key/sdk/go v0.0.0
	github.com/pulumi/pulumi/sdk/v3 v3.274.1
)

replace example.com/pulumi-vultr-user-api-key/sdk/go => ./sdks/vultr-user-api-key
