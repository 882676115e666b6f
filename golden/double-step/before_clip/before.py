import torch
import torch.nn as nn

torch.manual_seed(0)
series = torch.sin(torch.arange(300) * 0.2) + 0.05 * torch.randn(300)
windows = series.unfold(0, 13, 3)
model = nn.GRU(1, 8, batch_first=True)
head = nn.Linear(8, 1)
params = list(model.parameters()) + list(head.parameters())
optimizer = torch.optim.SGD(params, lr=0.05, momentum=0.9)
mse = nn.MSELoss()

for epoch in range(3):
    for chunk in windows.split(12):
        states, _ = model(chunk[:, :-1].unsqueeze(2))
        loss = mse(head(states[:, -1]), chunk[:, -1:])
        loss.backward()
        optimizer.step()
        # clip, then move
        nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()
        optimizer.zero_grad()
    print(epoch, loss.item())
