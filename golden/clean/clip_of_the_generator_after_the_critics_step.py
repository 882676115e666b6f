"""After the critic's step the generator's gradients are clipped: they are another optimizer's."""
import torch
import torch.nn as nn

torch.manual_seed(2)
generator, critic = nn.Linear(4, 2), nn.Linear(2, 1)
g_opt = torch.optim.Adam(generator.parameters(), lr=1e-2)
c_opt = torch.optim.Adam(critic.parameters(), lr=1e-2)
for _ in range(6):
    g_opt.zero_grad()
    c_opt.zero_grad()
    noise, real = torch.randn(16, 4), torch.randn(16, 2)
    loss = critic(generator(noise)).mean() - critic(real).mean()
    loss.backward()
    nn.utils.clip_grad_norm_(critic.parameters(), 1.0)
    c_opt.step()
    nn.utils.clip_grad_norm_(generator.parameters(), 1.0)
    g_opt.step()
    print(loss.item())
