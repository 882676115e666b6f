import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)

# three interleaved blobs
means = torch.tensor([[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]])
Y = torch.arange(300) % 3
X = means[Y] + 0.6 * torch.randn(300, 2)

net = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
loss_fn = nn.CrossEntropyLoss()
batch_size = 50

for epoch in range(8):
    perm = torch.randperm(len(X))
    confidences = []
    for start in range(0, len(X), batch_size):
        idx = perm[start:start + batch_size]
        opt.zero_grad()
        logits = net(X[idx])
        loss = loss_fn(logits, Y[idx])
        loss.backward()
        opt.step()

        # only for the log: how sure is the network about its answers
        probs = F.softmax(logits.detach(), dim=1)
        confidences.append(probs.max(dim=1).values.mean().item())
    print(epoch, loss.item(), sum(confidences) / len(confidences))
