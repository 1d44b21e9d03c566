import pulumi
from pulumi_vultr_user_api_key import VultrUserApiKey

config = pulumi.Config()

# Rotate: pulumi config set keyGeneration 2 && pulumi up
deployer = VultrUserApiKey(
    "deployer",
    user_email=config.get("userEmail") or "deployer@example.com",
    rotation_trigger=config.get("keyGeneration") or "1",
)

pulumi.export("apiKey", deployer.api_key)  # secret: pulumi stack output apiKey --show-secrets
pulumi.export("keyId", deployer.key_id)
pulumi.export("fingerprint", deployer.fingerprint)
