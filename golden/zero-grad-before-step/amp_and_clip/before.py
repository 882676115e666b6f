import torch
import torch.nn.functional as F
from torch import amp, nn

torch.manual_seed(2)
device = "cpu"
signal = torch.randn(96, 1, 20)
label = (signal.std(dim=2).squeeze(1) > 1).long()
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(signal, label), batch_size=16, drop_last=True)

model = nn.Sequential(nn.Conv1d(1, 6, 5), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(6, 2)).to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
scaler = amp.GradScaler(device, init_scale=1024.0)
for epoch in range(3):
    for signals, labels in loader:
        with amp.autocast(device, dtype=torch.bfloat16):
            loss = F.cross_entropy(model(signals.to(device)), labels.to(device))
        scaler.scale(loss).backward()
        optimizer.zero_grad(set_to_none=False)
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        scaler.step(optimizer)
        scaler.update()
    print(f"{epoch}: {loss.item():.4f}")
