# Fits a polynomial; the curve of the loss is looked at afterwards
import torch

torch.manual_seed(0)
t = torch.linspace(-1, 1, 60).unsqueeze(1)
target = torch.sin(3 * t)
features = torch.cat([t ** k for k in range(6)], dim=1)
fit = torch.nn.Linear(6, 1, bias=False)
opt = torch.optim.Adam(fit.parameters(), lr=0.05)
curve = []
for epoch in range(40):
    opt.zero_grad()
    error = torch.nn.functional.mse_loss(fit(features), target)
    error.backward()
    opt.step()
    curve.append(error.detach())
curve = torch.stack(curve)
print(curve.min().item(), curve.argmin().item())
