package main

import (
	"example.com/pulumi-vultr-user-api-key/sdk/go/vultruserapikey"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		orDefault := func(value, byDefault string) pulumi.String {
			if value == "" {
				return pulumi.String(byDefault)
			}
			return pulumi.String(value)
		}

		// Rotate: pulumi config set keyGeneration 2 && pulumi up
		deployer, err := vultruserapikey.NewVultrUserApiKey(ctx, "deployer", &vultruserapikey.VultrUserApiKeyArgs{
			UserEmail:       orDefault(settings.Get("userEmail"), "deployer@example.com"),
			RotationTrigger: orDefault(settings.Get("keyGeneration"), "1"),
		})
		if err != nil {
			return err
		}

		ctx.Export("apiKey", deployer.ApiKey) // secret: pulumi stack output apiKey --show-secrets
		ctx.Export("keyId", deployer.KeyId)
		ctx.Export("fingerprint", deployer.Fingerprint)
		return nil
	})
}
